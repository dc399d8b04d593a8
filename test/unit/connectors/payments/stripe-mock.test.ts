import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../../../scripts/embedded/ports.ts';
import { stripeMock } from '../../../support/stripe-mock.ts';
import type { PaymentClient } from '../../../../connectors/payments/provider.ts';
import { stripe } from '../../../../connectors/payments/stripe/provider.ts';

/**
 * Against Stripe's own stand-in, which refuses requests that its published specification does not know. It keeps no
 * state, so what it answers is looked at for its shape alone. Left out where neither it nor Go is there.
 */
const program = stripeMock();

(program ? describe : describe.skip)('the Stripe connector by Stripe’s own stand-in', () => {
  let mock: ChildProcess;
  let client: PaymentClient;
  beforeAll(async () => {
    const address = `127.0.0.1:${await freePort()}`;
    mock = spawn(program!, ['-http-addr', address], { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(mock.stdout!, 'data');
    const credentials = { secretKey: 'sk_test_123' };
    client = stripe.connect({ id: 'a', provider: 'stripe', url: `http://${address}`, credentials });
    for (;;) {
      const up = await client.read('pi_123').catch((error: { code: string }) => error);
      if (!('code' in up) || up.code !== 'no-answer') break;
    }
  });
  afterAll(() => void mock.kill());

  it('reads a payment', async () => {
    expect(await client.read('pi_123')).toMatchObject({ externalId: 'pi_123', state: 'pending' });
  });

  it('gives money back', async () => {
    const request = { paymentExternalId: 'pi_123', amount: 100, currency: 'USD', reason: '', key: 'k' };
    expect(await client.refund(request)).toMatchObject({ amount: 100, currency: 'USD' });
  });

  it('asks for a capture in words that Stripe knows', async () => {
    const request = { paymentExternalId: 'pi_123', amount: 100, currency: 'USD', key: 'c' };
    // It answers with a payment that has no method yet, whatever is asked of it.
    await expect(client.capture(request)).rejects.toMatchObject({ code: 'not_captured' });
  });
});
