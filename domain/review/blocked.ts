import type { Address, OrderSnapshot } from '../order.ts';
import { marksOf } from '../privacy.ts';

/** What a customer may be blocked by. */
export const blockKinds = ['email', 'phone', 'postal_code', 'address'] as const;
export type BlockKind = (typeof blockKinds)[number];

/** One way to recognize a customer; equal texts are the same customer. To be kept only as a keyed hash. */
export interface Trait {
  kind: BlockKind;
  text: string;
}

/** `postalCode` may end in `*`: every code that begins so. With `line1` it is one address. */
export type TraitGiven =
  | { email: string }
  | { phone: string }
  | { country: string; postalCode: string; line1?: string | undefined; line2?: string | undefined };

/** null where nothing is left of it to recognize anybody by. */
export function traitOf(given: TraitGiven): Trait | null {
  if ('email' in given) return ofPerson('email', given.email);
  if ('phone' in given) return ofPerson('phone', given.phone);
  const { country, postalCode, line1 } = given;
  if (line1 !== undefined) return ofAddress({ ...given, line1 });
  const code = plain(postalCode);
  return code
    ? { kind: 'postal_code', text: `${area(country, code)}${postalCode.endsWith('*') ? '*' : ''}` }
    : null;
}

/** All by which this order's customer may be blocked. */
export function traitsOf({ customer, shippingAddress }: OrderSnapshot): Trait[] {
  const { email, phone } = customer;
  const found = [
    email === null ? null : ofPerson('email', email),
    phone === null ? null : ofPerson('phone', phone),
    shippingAddress?.phone === undefined ? null : ofPerson('phone', shippingAddress.phone),
    ...(shippingAddress ? [...ofArea(shippingAddress), ofAddress(shippingAddress)] : []),
  ];
  return found.filter((trait) => trait !== null);
}

function ofPerson(kind: 'email' | 'phone', given: string): Trait | null {
  const [text] = marksOf({ [kind]: given });
  return text === undefined ? null : { kind, text };
}

function ofArea({ country, postalCode = '' }: Address): Trait[] {
  const code = plain(postalCode);
  if (!code) return [];
  const beginnings = [...code].map((_, index) => `${area(country, code.slice(0, index + 1))}*`);
  return [area(country, code), ...beginnings].map((text) => ({ kind: 'postal_code', text }));
}

function ofAddress({
  country,
  postalCode = '',
  line1,
  line2 = '',
}: Pick<Address, 'country' | 'line1'> & {
  postalCode?: string | undefined;
  line2?: string | undefined;
}): Trait | null {
  const street = plain(`${line1}${line2}`);
  return street ? { kind: 'address', text: `address:${country}/${plain(postalCode)}/${street}` } : null;
}

const area = (country: string, code: string) => `postal:${country}/${code}`;

/** Letters and digits, whatever their case, accents aside: people write the rest as they like. */
const plain = (text: string) =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
