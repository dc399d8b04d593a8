import { readFileSync } from 'node:fs';

/** Postal codes: where one is mandatory, and its form. Countries not named here take any or none. */
const postalForms: Record<string, RegExp> = {
  US: /^\d{5}(-?\d{4})?$/,
  CA: /^[A-Z]\d[A-Z] ?\d[A-Z]\d$/i,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/i,
  DE: /^\d{5}$/,
  FR: /^\d{5}$/,
  IT: /^\d{5}$/,
  ES: /^\d{5}$/,
  NL: /^\d{4} ?[A-Z]{2}$/i,
  BE: /^\d{4}$/,
  AT: /^\d{4}$/,
  CH: /^\d{4}$/,
  DK: /^\d{4}$/,
  SE: /^\d{3} ?\d{2}$/,
  PL: /^\d{2}-?\d{3}$/,
  PT: /^\d{4}(-?\d{3})?$/,
  CN: /^\d{6}$/,
  JP: /^\d{3}-?\d{4}$/,
  AU: /^\d{4}$/,
  SG: /^\d{6}$/,
  IN: /^\d{6}$/,
  BR: /^\d{5}-?\d{3}$/,
  MX: /^\d{5}$/,
};

/** UPS serves these ISO 3166-1 countries and territories. */
const countries = new Set(
  readFileSync(new URL('countries.txt', import.meta.url), 'utf8')
    .trim()
    .split(/\s+/),
);

const europe = new Set(
  'AT BE BG CH CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV NL NO PL PT RO SE SI SK'.split(' '),
);
const euro = new Set('AT BE DE EE ES FI FR GR HR IE IT LT LU LV NL PT SI SK'.split(' '));
const currencies: Record<string, string> = {
  AU: 'AUD',
  CA: 'CAD',
  CH: 'CHF',
  CN: 'CNY',
  DK: 'DKK',
  GB: 'GBP',
  HK: 'HKD',
  JP: 'JPY',
  MX: 'MXN',
  NO: 'NOK',
  PL: 'PLN',
  SE: 'SEK',
  SG: 'SGD',
  US: 'USD',
};

export const servesCountry = (country: string): boolean => countries.has(country);

export function postalCodeFits(country: string, postalCode: string | undefined): boolean {
  const form = postalForms[country];
  return form === undefined || (postalCode !== undefined && form.test(postalCode.trim()));
}

/** The currency that UPS bills a shipper of this country in. */
export const billingCurrency = (country: string): string =>
  euro.has(country) ? 'EUR' : (currencies[country] ?? 'USD');

type Lane = 'us-domestic' | 'domestic' | 'europe' | 'north-america' | 'international';

export function laneOf(from: string, to: string): Lane {
  if (from === to) return from === 'US' ? 'us-domestic' : 'domestic';
  if (europe.has(from) && europe.has(to)) return 'europe';
  if (['US', 'CA', 'MX'].includes(from) && ['US', 'CA', 'MX'].includes(to)) return 'north-america';
  return 'international';
}

export interface Service {
  code: string;
  name: string;
  /** US dollars: a base and for each billed kilogram. */
  base: number;
  perKg: number;
  days: number;
  /** Whether UPS guarantees the day, and so says it in a plain Shop request. */
  guaranteed: boolean;
}

const service = (
  code: string,
  name: string,
  base: number,
  perKg: number,
  days: number,
  guaranteed = true,
): Service => ({
  code,
  name,
  base,
  perKg,
  days,
  guaranteed,
});

export const services: Record<Lane, Service[]> = {
  'us-domestic': [
    service('03', 'UPS Ground', 9.4, 0.85, 4, false),
    service('12', 'UPS 3 Day Select', 16.2, 1.9, 3),
    service('02', 'UPS 2nd Day Air', 22.5, 2.6, 2),
    service('01', 'UPS Next Day Air', 41, 4.1, 1),
  ],
  domestic: [
    service('11', 'UPS Standard', 7.9, 0.6, 2, false),
    service('65', 'UPS Express Saver', 19.5, 1.7, 1),
    service('07', 'UPS Express', 26, 2.2, 1),
  ],
  europe: [
    service('11', 'UPS Standard', 13.2, 1.1, 4, false),
    service('65', 'UPS Worldwide Saver', 32, 3.1, 2),
    service('07', 'UPS Worldwide Express', 41, 3.9, 1),
  ],
  'north-america': [
    service('11', 'UPS Standard', 18.6, 1.4, 5, false),
    service('08', 'UPS Worldwide Expedited', 34, 3.2, 4),
    service('65', 'UPS Worldwide Saver', 43, 4.2, 2),
    service('07', 'UPS Worldwide Express', 52, 4.9, 2),
  ],
  international: [
    service('08', 'UPS Worldwide Expedited', 48, 6.1, 5),
    service('65', 'UPS Worldwide Saver', 61, 7.4, 3),
    service('07', 'UPS Worldwide Express', 74, 8.8, 2),
  ],
};
