import { isCountry } from '../countries.ts';
import type { Address, OrderSnapshot } from '../order.ts';
import type { Finding } from './findings.ts';

/**
 * Countries where every address has a postal code and address forms insist on it. Elsewhere it is optional
 * (IE, HK) or does not exist (AE), and its absence says nothing.
 */
const postalCodeNeeded = new Set(
  `AS AT AU AX BE BL BR CA CH CN CZ DE DK EE ES FI FO FR GB GF GG GL GP GR GU HU IM IN IT JE JP KR LT LU LV
   MF MH MP MQ MX MY NC NL NO NZ PF PL PM PR PT RE RU SE SG SI SK SJ TR TW UA US VI WF YT ZA`.split(/\s+/),
);

/** Countries where carriers refuse an address without its state or province. */
const regionNeeded = new Set(['AU', 'BR', 'CA', 'CN', 'IN', 'MX', 'US']);

/** City states and the like, where shops do not ask for a city (WooCommerce: SG). */
const cityNotNeeded = new Set(['AG', 'GI', 'HK', 'MC', 'MO', 'NR', 'SG', 'VA']);

/** Whether it can be delivered: all fields that the country needs, and a warehouse that serves the country. */
export function reviewAddress(snapshot: OrderSnapshot, servedCountries: readonly string[]): Finding[] {
  const address = snapshot.shippingAddress;
  if (!address) {
    return [{ code: 'address-missing', severity: 'refuse', message: 'The order has no shipping address.' }];
  }
  return [...reviewFields(address), ...reviewCountry(address.country, servedCountries)];
}

/** The names of the fields that the address lacks, in the order of an address. */
export function missingFields(address: Address): string[] {
  const { country } = address;
  const needed: [keyof Address, boolean][] = [
    ['name', !filled(address.company)],
    ['line1', true],
    ['city', !cityNotNeeded.has(country)],
    ['region', regionNeeded.has(country)],
    ['postalCode', postalCodeNeeded.has(country)],
    ['country', true],
  ];
  return needed.filter(([field, isNeeded]) => isNeeded && !filled(address[field])).map(([field]) => field);
}

function reviewFields(address: Address): Finding[] {
  const missing = missingFields(address);
  if (missing.length === 0) return [];
  const message = `The shipping address lacks: ${missing.join(', ')}.`;
  return [{ code: 'address-incomplete', severity: 'refuse', message }];
}

function reviewCountry(country: string, servedCountries: readonly string[]): Finding[] {
  if (!filled(country)) return [];
  if (!isCountry(country)) {
    const message = 'The country of the shipping address is no ISO 3166-1 alpha-2 code.';
    return [{ code: 'country-unknown', severity: 'refuse', message }];
  }
  if (servedCountries.includes(country)) return [];
  return [{ code: 'country-not-served', severity: 'refuse', message: `No warehouse serves ${country}.` }];
}

function filled(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}
