import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Carrier } from '../../../../connectors/carriers/carrier.ts';
import { needsCustoms } from '../../../../connectors/carriers/customs.ts';
import { carriers, createCarrierRegistry } from '../../../../connectors/carriers/registry.ts';
import { clip, toLatin, wrap } from '../../../../connectors/carriers/text.ts';
import { lanes } from './shipments.ts';

/** Valid credentials of every registered carrier: a new one adds its own here. */
const credentials: Record<string, unknown> = {
  ups: { clientId: 'id', clientSecret: 'secret', accountNumber: 'A1B2C3' },
  manual: { services: [{ code: 'post', name: 'Post', price: '4.90', currency: 'EUR', transitDays: 3 }] },
};
const service: Record<string, string> = { ups: '03', manual: 'post' };

describe.each(carriers.all.map((carrier) => [carrier.name, carrier] as const))(
  'carrier %s',
  (name, carrier) => {
    const connect = () =>
      carrier.connect({ id: 'a', carrier: name, url: 'http://127.0.0.1:1', credentials: credentials[name] });

    it('is found by its name and has a title', () => {
      expect(carriers.find(name)).toBe(carrier);
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(carrier.title).not.toBe('');
    });

    it('checks credentials', () => {
      expect(carrier.credentials.safeParse(credentials[name]).success).toBe(true);
      expect(carrier.credentials.safeParse({}).success).toBe(false);
    });

    it('reads credentials as they were kept: checked, defaults put in, through JSON', () => {
      const kept: unknown = JSON.parse(JSON.stringify(carrier.credentials.parse(credentials[name])));
      expect(carrier.credentials.parse(kept)).toEqual(kept);
      const account = { id: 'a', carrier: name, url: 'http://127.0.0.1:1', credentials: kept };
      expect(() => carrier.connect(account)).not.toThrow();
    });

    it('makes requests that are plain JSON, the same each time, and carry the reference', () => {
      const client = connect();
      const request = client.labelRequest(lanes['US domestic']!, service[name]!);
      expect(JSON.parse(JSON.stringify(request))).toEqual(request);
      expect(client.labelRequest(lanes['US domestic']!, service[name]!)).toEqual(request);
      expect(JSON.stringify(request)).toContain(lanes['US domestic']!.reference);
    });

    it('has a safe tracking address, or none', () => {
      const address = carrier.trackingUrl('1Z&x=<y>');
      if (address !== null) expect(address).toMatch(/^https:\/\/[^<>]*1Z%26x%3D%3Cy%3E$/);
    });

    it('accepts no webhook without its secret', () => {
      expect(carrier.webhooks?.verify(Buffer.from('{}'), {}, 'secret') ?? false).toBe(false);
    });
  },
);

it('takes a further carrier in a few lines', async () => {
  const pigeon: Carrier = {
    name: 'pigeon',
    title: 'Pigeon post',
    credentials: z.object({}),
    connect: () => ({
      rates: async () => [
        { service: 'air', serviceName: 'Air', price: { minor: 100, currency: 'EUR' }, transitDays: 1 },
      ],
      labelRequest: (shipment) => ({ reference: shipment.reference }),
      buyLabel: async () => ({
        trackingNumber: '1',
        shipmentId: '1',
        cost: null,
        format: 'ZPL',
        document: Buffer.from('^XA^XZ'),
      }),
      findLabel: async () => ({ found: 'cannot-tell' }),
      voidLabel: async () => 'refused',
      track: async () => [],
    }),
    trackingUrl: () => null,
    webhooks: null,
  };
  const registry = createCarrierRegistry([...carriers.all, pigeon]);
  expect(registry.all.map((carrier) => carrier.name)).toEqual(['ups', 'manual', 'pigeon']);
  const client = registry.find('pigeon')!.connect({ id: 'a', carrier: 'pigeon', url: '', credentials: {} });
  expect(await client.rates(lanes['US domestic']!)).toHaveLength(1);
  expect(registry.find('owl')).toBeNull();
  expect(() => createCarrierRegistry([pigeon, pigeon])).toThrow('share a name');
});

it.each([
  ['DE', 'DE', false],
  ['DE', 'FR', false],
  ['FR', 'MC', false],
  ['DE', 'GB', true],
  ['DE', 'CH', true],
  ['US', 'PR', false],
  ['US', 'CA', true],
  ['GB', 'JE', true],
])('customs from %s to %s: %s', (from, to, expected) => expect(needsCustoms(from, to)).toBe(expected));

describe('text', () => {
  it.each([
    ['Köln', 'Köln'],
    ['Ko\u0308ln', 'Köln'],
    ['Łódź', 'Lódz'],
    ['Αθήνα', 'Athina'],
    ['  a \u0000\n b\u00a0', 'a b'],
    ['l’Exemple', "l'Exemple"],
  ])('%j is %j in Latin letters', (text, latin) => expect(toLatin(text)).toBe(latin));

  it.each([
    ['short', 10, 'short'],
    ['cut at a word', 9, 'cut at a'],
    ['Donaudampfschiff', 5, 'Donau'],
    ['a longerwordthanhalf', 10, 'a longerwo'],
  ])('%j in %d', (text, max, clipped) => expect(clip(text, max)).toBe(clipped));

  it.each([
    ['', []],
    ['one two three', ['one two', 'three']],
    ['abcdefghijkl', ['abcdefg', 'hijkl']],
  ])('%j in lines', (text, lines) => expect(wrap(text, 7)).toEqual(lines));
});
