import type { Address } from '../../../domain/order.ts';
import { clip, toLatin, wrap } from '../text.ts';
import { refusal } from './failure.ts';
import { regionCode, regionsNeeded } from './regions.ts';

export interface UpsAddress {
  AddressLine: string[];
  City: string;
  StateProvinceCode?: string;
  PostalCode?: string;
  CountryCode: string;
}

/** A consignee without a company lives there: UPS charges for it. The indicator's value is ignored. */
export const residence = ({ company }: Address) => (company ? {} : { ResidentialAddressIndicator: 'Y' });

export interface UpsParty {
  Name: string;
  AttentionName: string;
  Phone?: { Number: string };
  Address: UpsAddress;
}

/** United States territories that shops write as states and UPS as countries. */
const territories = new Set(['PR', 'VI', 'GU', 'AS', 'MP']);

/** The country as UPS names it: Puerto Rico is one of its own, also where the shop calls it a state of the US. */
export function upsCountry({ country, region }: Address): string {
  const state = region?.trim().toUpperCase();
  return country === 'US' && state !== undefined && territories.has(state) ? state : country;
}

/**
 * Name, contact and address in Latin letters within UPS' lengths. A name too long is cut; a street too long for
 * three lines of 35 characters is refused, for a parcel to a cut-off address is lost.
 */
export function toParty(address: Address): UpsParty {
  const phone = phoneDigits(address);
  const name = clip(toLatin(address.company || address.name), 35);
  if (name === '') throw refusal('name-missing', 'UPS needs a name');
  return {
    Name: name,
    AttentionName: clip(toLatin(address.name), 35) || name,
    ...(phone ? { Phone: { Number: phone } } : {}),
    Address: toUpsAddress(address),
  };
}

export function toUpsAddress(address: Address): UpsAddress {
  const country = upsCountry(address);
  const region = regionCode(country, address.region);
  if (region === null && regionsNeeded.has(country))
    throw refusal('region-unknown', `UPS needs a state or province of ${country}: "${address.region ?? ''}"`);
  const city = clip(toLatin(address.city), 30);
  if (city === '') throw refusal('city-missing', 'UPS needs a city');
  const postalCode = postalCodeOf(country, address.postalCode);
  return {
    AddressLine: streetLines(address),
    City: city,
    ...(region ? { StateProvinceCode: region } : {}),
    ...(postalCode ? { PostalCode: postalCode } : {}),
    CountryCode: country,
  };
}

function streetLines({ line1, line2 }: Address): string[] {
  const parts = [line1, line2 ?? ''].map(toLatin).filter((part) => part !== '');
  const separate = parts.flatMap((part) => wrap(part, 35));
  const lines = separate.length <= 3 ? separate : wrap(parts.join(', '), 35);
  if (lines.length > 3) throw refusal('street-too-long', 'UPS takes three street lines of 35 characters');
  if (lines.length === 0) throw refusal('street-missing', 'UPS needs a street');
  return lines;
}

/** At most nine characters: US ZIP+4 without its dash, Canadian codes without their blank. */
function postalCodeOf(country: string, postalCode = ''): string {
  const code = toLatin(postalCode).toUpperCase();
  const bare = country === 'US' || country === 'PR' || country === 'CA' || code.length > 9;
  const short = bare ? code.replace(/[^A-Z0-9]/g, '') : code;
  if (short.length > 9) throw refusal('postal-code-too-long', `UPS takes nine characters: "${code}"`);
  return short;
}

const northAmerican = new Set(['US', 'PR', 'CA', 'VI']);

/** Digits only: area code and number in North America, else with the country code; at most 15. */
function phoneDigits({ phone = '', country }: Address): string {
  const digits = phone.replace(/(?:ext|x|#).*$/i, '').replace(/\D/g, '');
  const national = northAmerican.has(country) && digits.length === 11 ? digits.replace(/^1/, '') : digits;
  return national.slice(0, 15);
}
