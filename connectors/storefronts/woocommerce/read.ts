import { z } from 'zod';
import { readEach } from '../changed-orders.ts';
import type { ChangedOrders, StorefrontEvent } from '../storefront.ts';
import { unreadable } from '../webhook-body.ts';
import { toPayments, toRefund } from './money-facts.ts';
import { isNotFound, refusal } from './rest.ts';
import type { WooRest } from './rest.ts';
import { wooOrder, wooRefund } from './schema.ts';
import type { WooOrder, WooRefund } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

type OrderEvent = Extract<StorefrontEvent, { kind: 'order' }>;

/** null where the site has none such, or only in its trash. */
export async function findOrder(rest: WooRest, externalId: string): Promise<WooOrder | null> {
  try {
    const order = await rest.get(`/orders/${externalId}`, wooOrder);
    return order.status === 'trash' ? null : order;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export async function orderOf(rest: WooRest, externalId: string): Promise<WooOrder> {
  const order = await findOrder(rest, externalId);
  if (!order) throw refusal('order-not-found', 'The shop has no such order.');
  return order;
}

export async function fetchOrder(rest: WooRest, externalId: string): Promise<OrderEvent | null> {
  const order = await findOrder(rest, externalId);
  return order && wholeOrder(rest, order);
}

async function wholeOrder(rest: WooRest, order: WooOrder): Promise<OrderEvent> {
  const refunds = order.refunds.length > 0 ? await readRefunds(rest, order.id) : [];
  return understood(() => ({
    kind: 'order',
    snapshot: toSnapshot(order, refunds),
    ...moneyFacts(order, refunds),
  }));
}

export async function readMoney(rest: WooRest, orderExternalId: string) {
  const order = await orderOf(rest, orderExternalId);
  const refunds = await readRefunds(rest, orderExternalId);
  return understood(() => moneyFacts(order, refunds));
}

const moneyFacts = (order: WooOrder, refunds: WooRefund[]) => ({
  payments: toPayments(order),
  refunds: refunds.map((refund) => toRefund(order, refund)),
});

export async function readRefunds(rest: WooRest, orderExternalId: string): Promise<WooRefund[]> {
  return readAllPages((page) =>
    rest.get(`/orders/${orderExternalId}/refunds`, z.array(wooRefund), { per_page: 100, page }),
  );
}

async function readAllPages<T>(readPage: (page: number) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let page = 1; ; page++) {
    const items = await readPage(page);
    all.push(...items);
    if (items.length < 100) return all;
  }
}

const cursorSchema = z.tuple([z.iso.datetime(), z.coerce.number().int().positive()]);

/**
 * Pages by time: an order that changes meanwhile moves to the end, and pages by number would skip the one that
 * takes its place. Only where a whole page was modified in one second the number rises. The cursor is
 * `{time}|{page}`; `modified_after` means later than, hence a second less.
 */
export async function ordersChangedSince(
  rest: WooRest,
  since: string,
  cursor?: string,
  pageSize = 100,
): Promise<ChangedOrders> {
  const [from, page] = cursor === undefined ? [since, 1] : cursorSchema.parse(cursor.split('|'));
  const modified_after = new Date(Math.floor(Date.parse(from) / 1000) * 1000 - 1000)
    .toISOString()
    .slice(0, 19);
  const listed = await rest.get('/orders', z.array(z.unknown()), {
    modified_after,
    dates_are_gmt: true,
    orderby: 'modified',
    order: 'asc',
    status: 'any',
    per_page: pageSize,
    page,
  });
  const readOne = async (each: unknown) =>
    wholeOrder(
      rest,
      understood(() => wooOrder.parse(each)),
    );
  const read = await readEach(listed, readOne, (each) => reference.safeParse(each).data?.id ?? null);
  const last = lastModified(listed);
  if (listed.length < pageSize || last === null) return read;
  const next = last > new Date(from).toISOString() ? `${last}|1` : `${from}|${page + 1}`;
  return { ...read, next };
}

const reference = z.object({
  id: z.int().transform(String),
  date_modified_gmt: wooOrder.shape.date_modified_gmt,
});

const lastModified = (listed: unknown[]) =>
  reference.safeParse(listed.at(-1)).data?.date_modified_gmt ?? null;

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = unreadable(error);
    throw reason === null ? error : refusal('unusable-order', reason);
  }
}
