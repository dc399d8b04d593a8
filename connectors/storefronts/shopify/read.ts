import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { readEach } from '../changed-orders.ts';
import type { ChangedOrders, StorefrontEvent } from '../storefront.ts';
import { unreadable } from '../webhook-body.ts';
import { allNodes, gid, gidNumber, orderMissing, page } from './graphql.ts';
import type { Graphql, Page } from './graphql.ts';
import { moneyFacts, toOrder } from './graphql-order.ts';
import type { RefundedUnits } from './graphql-order.ts';
import { fulfillmentOrder, fulfillmentOrderLine, graphqlOrder, lineItem, money } from './graphql-schema.ts';
import type { FulfillmentOrder, OrderMoney } from './graphql-schema.ts';
import * as queries from './queries.ts';
import { droppedByUs } from './refund-note.ts';
import { toSnapshot } from './snapshot.ts';

type OrderEvent = Extract<StorefrontEvent, { kind: 'order' }>;

const orderData = z.object({ order: graphqlOrder.nullable() });
const orderLinesData = z.object({ order: z.object({ lineItems: page(lineItem) }).nullable() });
const fulfillmentOrdersPage = page(fulfillmentOrder);
const fulfillmentOrdersData = z.object({
  order: z.object({ fulfillmentOrders: fulfillmentOrdersPage }).nullable(),
});
const fulfillmentOrderLinesData = z.object({
  fulfillmentOrder: z.object({ lineItems: page(fulfillmentOrderLine) }).nullable(),
});
const moneyData = z.object({ order: money.nullable() });
const unitsPage = page(z.object({ quantity: z.int(), lineItem: z.object({ id: z.string() }) }));
const refundLinesData = z.object({ refund: z.object({ refundLineItems: unitsPage }).nullable() });
const ordersData = z.object({ orders: page(z.object({ id: z.string() })) });

/** The whole order: its lines, what is left to fulfill of them, its money. null where the shop has none such. */
export async function fetchOrder(graphql: Graphql, orderGid: string): Promise<OrderEvent | null> {
  const { order } = await graphql.query(queries.orderQuery, { id: orderGid }, orderData);
  if (!order) return null;
  const lines = await allNodes(order.lineItems, async (after) => {
    const data = await graphql.query(queries.orderLinesQuery, { id: orderGid, after }, orderLinesData);
    return data.order?.lineItems;
  });
  const fulfillmentOrders = await wholeFulfillmentOrders(graphql, orderGid, order.fulfillmentOrders);
  const isFull = order.transactions.length === 25 || order.refunds.length === 25;
  const read = isFull ? await readOrderMoney(graphql, orderGid) : order;
  const refunded = await readRefundedUnits(graphql, read);
  return understood(() => ({
    kind: 'order',
    snapshot: toSnapshot(toOrder(order, lines, fulfillmentOrders, refunded)),
    ...moneyFacts(read),
  }));
}

export async function ordersChangedSince(
  graphql: Graphql,
  since: string,
  cursor?: string,
): Promise<ChangedOrders> {
  const { orders } = await graphql.query(
    queries.ordersChangedQuery,
    { query: `updated_at:>='${since}'`, after: cursor },
    ordersData,
  );
  const read = await readEach(
    orders.nodes,
    ({ id }) => unthrottled(() => fetchOrder(graphql, id)),
    ({ id }) => gidNumber.parse(id),
  );
  const { hasNextPage, endCursor } = orders.pageInfo;
  return { ...read, ...(hasNextPage && endCursor && { next: endCursor }) };
}

/**
 * A page of orders costs more points than a small shop's bucket holds, and a page that is given up half way would
 * begin anew for ever: so the wait that Shopify names is waited here.
 */
async function unthrottled<T>(read: () => Promise<T>, attempts = 5): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PartyFailure) || error.code !== 'THROTTLED' || attempts <= 1) throw error;
    await wait(Math.min(error.retryAfterMs ?? 1000, 10_000));
    return unthrottled(read, attempts - 1);
  }
}

export async function readMoney(graphql: Graphql, orderExternalId: string) {
  const read = await readOrderMoney(graphql, gid('Order', orderExternalId));
  return understood(() => moneyFacts(read));
}

export async function readOrderMoney(graphql: Graphql, orderGid: string): Promise<OrderMoney> {
  const { order } = await graphql.query(queries.moneyQuery, { id: orderGid }, moneyData);
  if (!order) throw orderMissing();
  return order;
}

/** All fulfillment orders of an order, each with all its lines. */
export async function readFulfillmentOrders(graphql: Graphql, orderGid: string): Promise<FulfillmentOrder[]> {
  return wholeFulfillmentOrders(graphql, orderGid, await readFulfillmentOrdersPage(graphql, orderGid));
}

async function readFulfillmentOrdersPage(graphql: Graphql, orderGid: string, after?: string) {
  const variables = { id: orderGid, after };
  const { order } = await graphql.query(queries.fulfillmentOrdersQuery, variables, fulfillmentOrdersData);
  if (!order) throw orderMissing();
  return order.fulfillmentOrders;
}

async function wholeFulfillmentOrders(
  graphql: Graphql,
  orderGid: string,
  first: z.infer<typeof fulfillmentOrdersPage>,
): Promise<FulfillmentOrder[]> {
  const whole: FulfillmentOrder[] = [];
  for (const each of await allNodes(first, (after) => readFulfillmentOrdersPage(graphql, orderGid, after))) {
    const lines = await allNodes(each.lineItems, async (after) => {
      const variables = { id: each.id, after };
      const data = await graphql.query(
        queries.fulfillmentOrderLinesQuery,
        variables,
        fulfillmentOrderLinesData,
      );
      return data.fulfillmentOrder?.lineItems;
    });
    whole.push({
      id: each.id,
      status: each.status,
      method: each.deliveryMethod?.methodType ?? null,
      locationId: each.assignedLocation.location?.id ?? null,
      holds: each.fulfillmentHolds.map(({ reason }) => reason),
      lines,
    });
  }
  return whole;
}

/** Units of those refunds that gave money back, or that we dropped, by line. */
async function readRefundedUnits(graphql: Graphql, { refunds }: OrderMoney): Promise<RefundedUnits> {
  const units: RefundedUnits = new Map();
  const counted = refunds.filter(
    ({ note, transactions }) =>
      droppedByUs(note) ||
      transactions.nodes.some(({ status }) => status === 'SUCCESS' || status === 'PENDING'),
  );
  for (const { id } of counted) {
    const readPage = async (
      after?: string,
    ): Promise<Page<z.infer<typeof unitsPage>['nodes'][number]> | undefined> =>
      (await graphql.query(queries.refundLinesQuery, { id, after }, refundLinesData)).refund?.refundLineItems;
    for (const { lineItem, quantity } of await allNodes(await readPage(), readPage)) {
      const line = lineItem.id.slice(lineItem.id.lastIndexOf('/') + 1);
      units.set(line, (units.get(line) ?? 0) + quantity);
    }
  }
  return units;
}

/** Data that came well formed and can't be read (a currency that ISO 4217 doesn't have) is the shop's refusal. */
export function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = unreadable(error);
    if (reason === null) throw error;
    throw new PartyFailure(reason, {
      party: 'shopify',
      kind: 'refuse',
      effect: 'none',
      code: 'unusable-order',
    });
  }
}
