import { z } from 'zod';
import type { Address } from '../../../domain/order.ts';
import { nameParts } from '../person-name.ts';
import type { StorefrontClient } from '../storefront.ts';
import { orderOf } from './read.ts';
import type { WooRest } from './rest.ts';

/** Where the order is shipped to, as the site shows it. */
export async function changeAddress(rest: WooRest, orderExternalId: string, address: Address): Promise<void> {
  const order = await orderOf(rest, orderExternalId);
  const { first, last } = nameParts(address.name);
  const shipping = {
    first_name: first,
    last_name: last,
    company: address.company ?? '',
    address_1: address.line1,
    address_2: address.line2 ?? '',
    city: address.city,
    state: address.region ?? '',
    postcode: address.postalCode ?? '',
    country: address.country,
    phone: address.phone ?? '',
  };
  await rest.put(`/orders/${order.id}`, { shipping }, z.object({ id: z.int() }));
}

const note = z.object({ id: z.int(), note: z.string() });

/**
 * WooCommerce takes units out of an order only together with money, so that its staff is told by a private note; the
 * money is a refund of its own.
 */
export async function dropLines(
  rest: WooRest,
  { orderExternalId, lines, reason, key }: Parameters<StorefrontClient['dropLines']>[0],
): Promise<void> {
  const order = await orderOf(rest, orderExternalId);
  const mark = `[orderloom ${key}]`;
  const notes = await rest.get(`/orders/${order.id}/notes`, z.array(note));
  if (notes.some((each) => each.note.endsWith(mark))) return;
  const titles = new Map(order.line_items.map((line) => [String(line.id), line.sku || line.name]));
  const dropped = lines.map(
    ({ externalId, quantity }) => `${quantity} × ${titles.get(externalId) ?? externalId}`,
  );
  const text = `Not shipped any more: ${dropped.join(', ')}. ${reason} ${mark}`;
  await rest.post(`/orders/${order.id}/notes`, { note: text, customer_note: false }, note);
}
