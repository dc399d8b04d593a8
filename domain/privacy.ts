import type { OrderLine, OrderSnapshot } from './order.ts';

/** Whether a part of an order's content tells who the customer is. Each is named, so that a new one is decided on. */
const tellsWho: Record<keyof OrderSnapshot, boolean> = {
  externalId: false,
  number: false,
  placedAt: false,
  updatedAt: false,
  currency: false,
  taxesIncluded: false,
  totals: false,
  test: false,
  cancelledAt: false,
  pickup: false,
  holds: false,
  payment: false,
  fraud: false,
  customer: true,
  shippingAddress: true,
  lines: true,
};

/**
 * The order as the books need it: amounts, SKUs, quantities, ids and the country stay, whoever bought it does not.
 * `titleOf`: what a line is called then, since shops put engravings and greetings into titles.
 */
export function withoutPerson(snapshot: OrderSnapshot, titleOf: (line: OrderLine) => string): OrderSnapshot {
  const kept = Object.entries(snapshot).filter(([part]) => tellsWho[part as keyof OrderSnapshot] === false);
  const { shippingAddress, lines } = snapshot;
  return {
    ...(Object.fromEntries(kept) as unknown as OrderSnapshot),
    customer: { externalId: null, email: null, phone: null },
    shippingAddress: shippingAddress && {
      ...{ name: '', line1: '', city: '' },
      country: shippingAddress.country,
    },
    lines: lines.map((line) => ({ ...line, title: titleOf(line) })),
  };
}

/** Titles of what comes after an erasure: those that were kept, and of a new line its SKU. */
export function titlesOf(known: OrderSnapshot): (line: OrderLine) => string {
  const titles = new Map(known.lines.map(({ externalId, title }) => [externalId, title]));
  return ({ externalId, sku }) => titles.get(externalId) ?? sku ?? 'Item';
}

/** What a customer is named by. Of one store where `storeId` is given. */
export interface Person {
  storeId?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
  /** The store's id of the customer; means nothing without `storeId`. */
  externalCustomerId?: string | undefined;
}

/** As the database marks each version of an order's content (`person_marks`). */
export function marksOf({ email, phone, externalCustomerId }: Person): string[] {
  const digits = phone?.replace(/\D/g, '').replace(/^00/, '');
  return [
    ...(email?.trim() ? [`email:${email.trim().toLowerCase()}`] : []),
    ...(externalCustomerId ? [`customer:${externalCustomerId}`] : []),
    ...(digits ? [`phone:${digits}`] : []),
  ];
}
