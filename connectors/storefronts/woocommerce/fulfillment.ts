import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FulfillmentNotice } from '../storefront.ts';
import { isOver } from './cancel-order.ts';
import { findOrder, orderOf } from './read.ts';
import type { WooRest } from './rest.ts';
import type { WooOrder } from './schema.ts';

/** Where the shipment tracking plugins look: WooCommerce has no field of its own for it. */
const trackingMeta = '_wc_shipment_tracking_items';

const trackingItem = z.looseObject({
  tracking_id: z.string().optional(),
  tracking_number: z.string().optional(),
});
type TrackingItem = z.infer<typeof trackingItem>;
const noteSchema = z.object({ note: z.string() });
const written = z.object({ id: z.int() });

/** Our id of the fulfillment in the form that the plugins give theirs. */
const trackingId = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 32);

/**
 * Tracking goes into the plugins' meta data and into a note, which every shop shows; the status becomes completed
 * with the order's last fulfillment, unless the shop has cancelled it or given it back meanwhile. Each part is looked up
 * before it is written. WooCommerce can't compare before it writes, so two fulfillments of one order must not be told at
 * the same moment, and what was read is written at once: a cancel in between is overwritten.
 */
export async function createFulfillment(
  rest: WooRest,
  notice: FulfillmentNotice,
  now: () => number = Date.now,
): Promise<{ externalId: string }> {
  const order = await orderOf(rest, notice.orderExternalId);
  const items = trackingItems(order);
  const known = items.find((item) => item.tracking_number === notice.tracking.number);
  const externalId = known?.tracking_id ?? trackingId(notice.key);
  const change = {
    ...(!known && metaChange(order, [...items, newItem(notice, externalId, now())])),
    ...(notice.completesOrder &&
      order.status !== 'completed' &&
      !isOver(order.status) && { status: 'completed' }),
  };
  if (Object.keys(change).length > 0) await rest.put(`/orders/${order.id}`, change, written);
  await writeNote(rest, order.id, noteText(notice), notice.notifyCustomer);
  return { externalId };
}

function newItem({ tracking }: FulfillmentNotice, id: string, now: number): TrackingItem {
  return {
    tracking_provider: '',
    custom_tracking_provider: tracking.carrier,
    custom_tracking_link: tracking.url ?? '',
    tracking_number: tracking.number,
    date_shipped: String(Math.floor(now / 1000)),
    tracking_id: id,
  };
}

const noteText = ({ tracking }: FulfillmentNotice) =>
  `Shipped with ${tracking.carrier}, tracking number ${tracking.number}.${tracking.url === null ? '' : ` ${tracking.url}`}`;

/** The tracking that this key or number wrote. */
export async function findFulfillment(
  rest: WooRest,
  orderExternalId: string,
  known: { key: string; trackingNumber: string },
): Promise<{ externalId: string } | null> {
  const order = await findOrder(rest, orderExternalId);
  const ours = order && trackingItems(order).find((item) => isOurs(item, known));
  return ours?.tracking_id ? { externalId: ours.tracking_id } : null;
}

const isOurs = (item: TrackingItem, known: { key: string; trackingNumber: string }) =>
  item.tracking_id === trackingId(known.key) || item.tracking_number === known.trackingNumber;

/** Takes the tracking back, and a completed order to processing. Already gone is done. */
export async function cancelFulfillment(
  rest: WooRest,
  orderExternalId: string,
  fulfillmentExternalId: string,
): Promise<void> {
  const known = await findOrder(rest, orderExternalId);
  const told = known && trackingItems(known).find((item) => item.tracking_id === fulfillmentExternalId);
  if (!told) return;
  const note = `Shipment ${told.tracking_number ?? ''} was cancelled before hand-over.`;
  await writeNote(rest, known.id, note, false);
  const order = await orderOf(rest, orderExternalId);
  const items = trackingItems(order);
  const left = items.filter((item) => item.tracking_id !== fulfillmentExternalId);
  const change = {
    ...metaChange(order, left),
    ...(order.status === 'completed' && { status: 'processing' }),
  };
  await rest.put(`/orders/${order.id}`, change, written);
}

function trackingItems(order: WooOrder): TrackingItem[] {
  const meta = order.meta_data.find(({ key }) => key === trackingMeta);
  return z.array(trackingItem).safeParse(meta?.value).data ?? [];
}

/** By its id where there is one, or WooCommerce adds a second of the same key. */
function metaChange(order: WooOrder, value: TrackingItem[]) {
  const id = order.meta_data.find(({ key }) => key === trackingMeta)?.id;
  return { meta_data: [{ ...(id != null && { id }), key: trackingMeta, value }] };
}

/** A customer note is mailed by WooCommerce, so a repeat must not write it again. */
async function writeNote(
  rest: WooRest,
  orderId: string,
  note: string,
  customer_note: boolean,
): Promise<void> {
  const notes = await rest.get(`/orders/${orderId}/notes`, z.array(noteSchema));
  // WordPress may turn the address in it into a link: the words before it tell.
  const [words = note] = note.split(' http');
  if (notes.some((each) => each.note.startsWith(words))) return;
  await rest.post(`/orders/${orderId}/notes`, { note, customer_note }, written);
}
