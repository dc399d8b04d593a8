import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createStorefrontRegistry, storefronts } from '../../../../connectors/storefronts/registry.ts';
import { UnusableWebhook } from '../../../../connectors/storefronts/storefront.ts';
import type { Storefront, StorefrontClient } from '../../../../connectors/storefronts/storefront.ts';
import { signedWithAny } from '../../../../connectors/storefronts/webhook-body.ts';

/** What every storefront's client can do. Written down in full, so that a new method is noticed here. */
const methods: Record<keyof StorefrontClient, true> = {
  fetchOrder: true,
  ordersChangedSince: true,
  readMoney: true,
  createFulfillment: true,
  findFulfillment: true,
  cancelFulfillment: true,
  cancelOrder: true,
  changeAddress: true,
  dropLines: true,
  refund: true,
  findStockItem: true,
  setStock: true,
};

const credentials: Record<string, object> = {
  shopify: { accessToken: 'shpat_test' },
  woocommerce: { consumerKey: 'ck', consumerSecret: 'cs' },
  api: {},
};

const connection = (platform: string) => ({
  id: 's1',
  url: 'https://shop.example.com',
  currency: 'EUR',
  credentials: credentials[platform],
  webhookSecrets: ['new', 'old'],
});

it('the platforms', () => {
  expect(storefronts.all.map(({ platform }) => platform)).toEqual(['shopify', 'woocommerce', 'api']);
});

describe.each(storefronts.all.map((storefront) => [storefront.platform, storefront] as const))(
  '%s',
  (platform, storefront) => {
    it('is found by its name', () => {
      expect(storefronts.find(platform)).toBe(storefront);
    });

    it('parses its credentials, and leaves out what it does not know', () => {
      expect(storefront.credentials.safeParse(credentials[platform]).success).toBe(true);
      const more = { ...credentials[platform], extra: 1 };
      expect(storefront.credentials.parse(more)).not.toHaveProperty('extra');
      expect(storefront.credentials.safeParse(null).success).toBe(false);
    });

    it('connects without a call, to a client that can do everything', () => {
      const client = storefront.connect?.(connection(platform));
      if (client) expect(Object.keys(client).toSorted()).toEqual(Object.keys(methods).toSorted());
      else expect(storefront.webhooks).toBeNull();
    });

    it('refuses to connect with wrong credentials', () => {
      const { connect } = storefront;
      if (connect) expect(() => connect({ ...connection(platform), credentials: {} })).toThrow(z.ZodError);
    });

    it('takes no unsigned webhook', async () => {
      const verdict = await storefront.webhooks?.verify(Buffer.from('{"id":1}'), {}, ['new', 'old']);
      expect(verdict ?? { verdict: 'bad-signature' }).toEqual({ verdict: 'bad-signature' });
    });

    it.each(['', 'null', '[]', '"text"', '{', '{"id":{}}'])(
      'a webhook of %j is unusable, not a crash',
      (body) => {
        const { webhooks } = storefront;
        if (!webhooks) return;
        const topic = platform === 'shopify' ? 'orders/create' : 'order.created';
        expect(() => webhooks.parse(topic, Buffer.from(body))).toThrow(UnusableWebhook);
        expect(() => webhooks.envelope(Buffer.from(body), {})).toThrow(UnusableWebhook);
      },
    );

    it('a topic it does not know is ignored', () => {
      const event = storefront.webhooks?.parse('unheard/of', Buffer.from('{"id":1}'));
      expect(event ?? { kind: 'ignored', reason: 'topic unheard/of' }).toEqual({
        kind: 'ignored',
        reason: 'topic unheard/of',
      });
    });
  },
);

describe('a further storefront', () => {
  const kiosk: Storefront = {
    platform: 'kiosk',
    credentials: z.strictObject({ pin: z.string() }),
    webhooks: {
      verify: async (rawBody, headers, secrets) => ({
        verdict: signedWithAny(rawBody, headers['x-kiosk-signature'], secrets) ? 'signed' : 'bad-signature',
      }),
      envelope: (rawBody) => ({
        key: rawBody.toString(),
        topic: 'sold',
        orderExternalId: rawBody.toString(),
      }),
      parse: (_topic, rawBody) => ({ kind: 'order-changed', orderExternalId: rawBody.toString() }),
    },
    connect: null,
  };

  it('is one entry of the registry', () => {
    const registry = createStorefrontRegistry([...storefronts.all, kiosk]);
    expect(registry.find('kiosk')?.webhooks?.parse('sold', Buffer.from('7'))).toEqual({
      kind: 'order-changed',
      orderExternalId: '7',
    });
    expect(storefronts.find('kiosk')).toBeNull();
  });

  it('cannot take the name of another', () => {
    expect(() => createStorefrontRegistry([kiosk, kiosk])).toThrow(
      'Storefronts share a platform: kiosk, kiosk',
    );
  });

  it.each(['constructor', '__proto__', ''])('%j is no platform', (name) => {
    expect(storefronts.find(name)).toBeNull();
  });
});
