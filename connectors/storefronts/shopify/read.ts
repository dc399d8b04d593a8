import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import type { ChangedOrders, StorefrontEvent } from '../storefront.ts';
import { unreadable } from '../webhook-body.ts';
import { allNodes, gid, gidNumber, orderMissing, page } from './graphql.ts';
import type { Graphql, Page } from './graphql.ts';
import {
  fulfillmentOrder,
  fulfillmentOrderLine,
  graphqlOrder,
  money,
  moneyFacts,
  toOrder,
} from './graphql-order.ts';
import type { FulfillmentOrder, OrderMoney, RefundedUnits } from './graphql-order.ts';
import * as queries from './queries.ts';
import { toSnapshot } from './snapshot.ts';

type OrderEvent = Extract<StorefrontEvent, { kind: 'order' }>;

const orderData = z.object({ order: graphqlOrder.nullable() });
const fulfillmentOrdersData = z.object({
  order: z.object({ fulfillmentOrders: page(fulfillmentOrder) }).nullable(),
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
  const readPage = async (after?: string) =>
    (await graphql.query(queries.orderQuery, { id: orderGid, after }, orderData)).order;
  const order = await readPage();
  if (!order) return null;
  const lines = await allNodes(order.lineItems, async (after) => (await readPage(after))?.lineItems);
  const fulfillmentOrders = await readFulfillmentOrders(graphql, orderGid);
  const read = await readOrderMoney(graphql, orderGid);
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
  const read: ChangedOrders = { orders: [], refused: [] };
  for (const { id } of orders.nodes) {
    try {
      const event = await fetchOrder(graphql, id);
      if (event) read.orders.push(event);
    } catch (error) {
      if (!(error instanceof PartyFailure) || error.code !== 'unusable-order') throw error;
      read.refused.push({ orderExternalId: gidNumber.parse(id), reason: error.message });
    }
  }
  const { hasNextPage, endCursor } = orders.pageInfo;
  return { ...read, ...(hasNextPage && endCursor && { next: endCursor }) };
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
  const readPage = async (after?: string) => {
    const data = await graphql.query(
      queries.fulfillmentOrdersQuery,
      { id: orderGid, after },
      fulfillmentOrdersData,
    );
    if (!data.order) throw orderMissing();
    return data.order.fulfillmentOrders;
  };
  const found = await allNodes(await readPage(), readPage);
  const whole: FulfillmentOrder[] = [];
  for (const each of found) {
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
      lines,
    });
  }
  return whole;
}

/** Units of those refunds that gave money back, by line. */
async function readRefundedUnits(graphql: Graphql, { refunds }: OrderMoney): Promise<RefundedUnits> {
  const units: RefundedUnits = new Map();
  const gaveMoney = refunds.filter((refund) =>
    refund.transactions.nodes.some(({ status }) => status === 'SUCCESS' || status === 'PENDING'),
  );
  for (const { id } of gaveMoney) {
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
