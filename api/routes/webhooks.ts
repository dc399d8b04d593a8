import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { PaymentWebhooks } from '../../connectors/payments/provider.ts';
import type { Headers } from '../../connectors/storefronts/storefront.ts';
import { readCarrierSecrets, readPaymentSecrets, readWebhookStore } from '../../db/read/stores.ts';
import type { ApiDeps } from '../deps.ts';
import { describeError } from '../http/log.ts';
import { openRoute, type Route } from '../http/route.ts';
import { notFound, Problem } from '../problem.ts';
import { text, uuid } from '../schemas/common.ts';
import { deliver } from '../webhooks/deliver.ts';
import { keepMail } from '../webhooks/keep.ts';
import { type Reading, readStorefrontWebhook, reasonOf, refused, toText } from '../webhooks/read.ts';

const taken = {
  description: 'Kept, kept before, or nothing to keep. Also for an event that is signed and can not be used.',
  schema: z.strictObject({}),
} as const;
const badSignature = () => new Problem('bad-signature', 'The signature does not match the body.');
const ok = { body: {} };

export function webhookRoutes(deps: ApiDeps): Route[] {
  return [carrierWebhook(deps), paymentWebhook(deps), storefrontWebhook(deps)];
}

function storefrontWebhook(deps: ApiDeps): Route {
  return openRoute('POST /webhooks/{platform}/{storeId}', {
    summary: 'An event of a store',
    description:
      'As Shopify and WooCommerce send it, signed over the raw body. Answered 200 once it is durable, also while Temporal is down.',
    tag: 'Webhooks',
    params: z.strictObject({ platform: text(50), storeId: uuid }),
    answer: taken,
    async handle({ params, rawBody, headers, em }) {
      const webhooks = deps.storefronts.find(params.platform)?.webhooks;
      const store = webhooks ? await readWebhookStore(em, deps.secrets, params.storeId) : null;
      if (!webhooks || store?.platform !== params.platform) throw notFound('such store');
      const given = single(headers);
      const { verdict } = await webhooks.verify(rawBody, given, store.webhookSecrets);
      if (verdict === 'bad-signature') throw badSignature();
      if (verdict === 'ping') return ok;
      const reading = readStorefrontWebhook(webhooks, rawBody, given, defect(deps, params.platform));
      deps.metrics.countEvent(params.platform, reading.state);
      const kept = await keepMail(em, { ...reading, source: `store/${store.id}`, storeId: store.id });
      const { orderExternalId } = reading;
      // It is durable: nobody waits for its order's workflow to be told.
      if (orderExternalId !== null)
        deps.background.run('telling a workflow of its mail', () =>
          deliver(deps, store, orderExternalId, kept),
        );
      return ok;
    },
  });
}

function carrierWebhook(deps: ApiDeps): Route {
  return openRoute('POST /webhooks/carriers/{carrier}', {
    summary: "A carrier's tracking event",
    description: "Believed when one of the carrier's enabled accounts signed it.",
    tag: 'Webhooks',
    params: z.strictObject({ carrier: text(50) }),
    answer: taken,
    async handle({ params, rawBody, headers, em }) {
      const webhooks = deps.carriers.find(params.carrier)?.webhooks;
      if (!webhooks) throw notFound('carrier of this name that sends webhooks');
      const given = single(headers);
      const secrets = await readCarrierSecrets(em, deps.secrets, params.carrier);
      if (!secrets.some((secret) => webhooks.verify(rawBody, given, secret))) throw badSignature();
      const reading = readCarrierWebhook(webhooks, rawBody, defect(deps, params.carrier));
      deps.metrics.countEvent(params.carrier, reading.state);
      await keepMail(em, { ...reading, source: `carrier/${params.carrier}`, storeId: null });
      return ok;
    },
  });
}

type CarrierReader = Pick<NonNullable<ReturnType<ApiDeps['carriers']['find']>>['webhooks'] & object, 'parse'>;

function readCarrierWebhook(webhooks: CarrierReader, rawBody: Buffer, onDefect: (error: unknown) => void) {
  try {
    const body = toText(rawBody);
    const { key } = webhooks.parse(rawBody);
    return { key, topic: 'tracking', orderExternalId: null, body, state: 'received' as const, reason: null };
  } catch (error) {
    return { ...refused(rawBody, null, reasonOf(error, onDefect)), topic: 'tracking' };
  }
}

function paymentWebhook(deps: ApiDeps): Route {
  return openRoute('POST /webhooks/payments/{provider}', {
    summary: "A payment provider's event",
    description:
      "Believed when one of the provider's enabled accounts signed it. It names a payment; what became of it is then read from the provider.",
    tag: 'Webhooks',
    params: z.strictObject({ provider: text(50) }),
    answer: taken,
    async handle({ params, rawBody, headers, em }) {
      const webhooks = deps.payments.find(params.provider)?.webhooks;
      if (!webhooks) throw notFound('payment provider of this name');
      const given = single(headers);
      const secrets = await readPaymentSecrets(em, deps.secrets, params.provider);
      if (!secrets.some((secret) => webhooks.verify(rawBody, given, secret))) throw badSignature();
      const reading = readPaymentWebhook(webhooks, rawBody, defect(deps, params.provider));
      deps.metrics.countEvent(params.provider, reading.state);
      await keepMail(em, { ...reading, source: `payment/${params.provider}`, storeId: null });
      return ok;
    },
  });
}

function readPaymentWebhook(
  webhooks: PaymentWebhooks,
  rawBody: Buffer,
  onDefect: (error: unknown) => void,
): Reading {
  try {
    const body = toText(rawBody);
    const { key, topic, paymentExternalId } = webhooks.parse(rawBody);
    const kept = { key, topic, orderExternalId: null, body };
    if (paymentExternalId === null) return { ...kept, state: 'applied', reason: 'names no payment' };
    return { ...kept, state: 'received', reason: null };
  } catch (error) {
    return refused(rawBody, null, reasonOf(error, onDefect));
  }
}

const defect = (deps: ApiDeps, party: string) => (error: unknown) =>
  deps.log.error({ party, err: describeError(error) }, 'a webhook reader threw something unexpected');

/** Connectors read single values; a header that came several times counts as its first. */
function single(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}
