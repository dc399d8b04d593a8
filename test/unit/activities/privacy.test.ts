import { describe, expect, it } from '@jest/globals';
import { personalStrings, scrub } from '../../../db/privacy.ts';
import type { Database } from '../../../db/database.ts';
import type { OrderSnapshot } from '../../../domain/order.ts';
import { order } from '../domain/sample.ts';

/** A database whose order has these versions. */
const databaseOf = (...versions: OrderSnapshot[]) =>
  ({
    em: { fork: () => ({ execute: async () => versions.map((snapshot) => ({ snapshot })) }) },
  }) as unknown as Database;

const customer = order({
  customer: { externalId: 'c1', email: 'Jördis.Groß+shop@example.com', phone: '+49 (30) 555-0100' },
  shippingAddress: {
    name: 'Jördis Groß',
    company: 'Groß & Söhne (Berlin)',
    line1: 'Straße des 17. Juni 135',
    line2: '3. OG',
    city: 'Zürich',
    postalCode: '10623',
    country: 'CH',
    phone: '030/5550199',
  },
});

const scrubbed = async (text: string) => scrub(text, await personalStrings(databaseOf(customer), 'o1'));

describe('what a carrier or shop echoes of a customer is taken out', () => {
  it.each([
    ['the name', 'Consignee Jördis Groß unknown', 'Consignee [redacted] unknown'],
    ['its parts, in any case', 'JÖRDIS / groß', '[redacted] / [redacted]'],
    ['romanized, as labels print it', 'JORDIS GROSS', '[redacted]'],
    ['decomposed', 'Jördis'.normalize('NFD'), '[redacted]'],
    ['a company with signs of regular expressions', 'GROSS & SOHNE (BERLIN)!', '[redacted]!'],
    ['the street', 'No such street: straße des 17. juni 135.', 'No such street: [redacted].'],
    ['its words', 'Juni? Did you mean Strasse', '[redacted]? Did you mean [redacted]'],
    ['the second line', 'floor 3. og invalid', 'floor [redacted] invalid'],
    ['the city', 'city ZURICH, Zürich, zürich', 'city [redacted], [redacted], [redacted]'],
    ['the postal code', 'postal code 10623 invalid', 'postal code [redacted] invalid'],
    ['the email', 'to: JÖRDIS.GROSS+SHOP@EXAMPLE.COM', 'to: [redacted]'],
    ['the email as it is', 'to: jördis.groß+shop@example.com;', 'to: [redacted];'],
    ['the phone', 'phone +49 (30) 555-0100 invalid', 'phone [redacted] invalid'],
    ['the phone as digits', 'phone 49305550100', 'phone [redacted]'],
    ['the phone without its country', 'phone: 030 5550100.', 'phone: [redacted].'],
    ['the other phone', 'call (030) 555 01 99', 'call [redacted]'],
  ])('%s', async (_, text, expected) => {
    expect(await scrubbed(text)).toBe(expected);
  });

  it.each(['code 120802: HTTP 503 in 135 ms', 'Canada is not served', 'service 17 of 3 parcels', ''])(
    'and nothing else: %s',
    async (text) => {
      expect(await scrubbed(text)).toBe(text);
    },
  );
});

it('short names go as words of their own, not out of other words', async () => {
  const short = order({
    customer: { externalId: null, email: null, phone: null },
    shippingAddress: { name: 'Li Ada', line1: '7', city: 'Ulm', country: 'DE' },
  });
  const personal = await personalStrings(databaseOf(short), 'o1');
  expect(scrub('LI in ulm: Canada, client, 17, line 7', personal)).toBe(
    '[redacted] in [redacted]: Canada, client, 17, line [redacted]',
  );
});

it('all versions of the content count: an older address is as personal', async () => {
  const moved = order({
    shippingAddress: { name: 'Neu Name', line1: 'Anderswo 9', city: 'Wien', country: 'AT' },
  });
  const personal = await personalStrings(databaseOf(moved, customer), 'o1');
  expect(scrub('Anderswo 9, Wien; Zürich', personal)).toBe('[redacted], [redacted]; [redacted]');
});

it('there is nothing to take out without content', async () => {
  expect(await personalStrings(databaseOf(), 'o1')).toEqual([]);
  expect(scrub('Jördis', [])).toBe('Jördis');
  expect(scrub('Jördis', ['', ' '])).toBe('Jördis');
});
