import type { OrderSnapshot } from '../../domain/order.ts';
import type { Em } from '../database.ts';
import { type Attention, AttentionSchema } from '../entities/messages.ts';
import { type Payment, PaymentSchema, type Refund, RefundSchema } from '../entities/money.ts';
import {
  type Order,
  type OrderLineRow,
  OrderLineSchema,
  OrderSchema,
  OrderVersionSchema,
} from '../entities/orders.ts';
import { type AwaitedStock, readAwaitedStock } from './awaiting-stock.ts';
import { type FulfillmentFacts, readFulfillments } from './fulfillments.ts';

export interface OrderFacts {
  order: Order;
  snapshot: OrderSnapshot;
  lines: OrderLineRow[];
  fulfillments: FulfillmentFacts[];
  /** Open ones. */
  attention: Attention[];
  /** RFC 3339: when it gives back the stock that it holds; null while it moves. */
  reservedUntil: string | null;
  awaitedStock: AwaitedStock[];
  /** What the lots that were really shipped cost, by currency. Minor units. */
  costOfGoods: { minor: number; currency: string }[];
  payments: Payment[];
  refunds: Refund[];
  timeline: TimelineEntry[];
}

export interface TimelineEntry {
  at: string;
  actor: string;
  what: string;
  detail: string;
}

/** Everything that one order's page shows; null where there is no such order. */
export async function readOrder(em: Em, id: string): Promise<OrderFacts | null> {
  const order = await em.findOne(OrderSchema, { id });
  if (!order) return null;
  const { version } = order;
  const { snapshot } = await em.findOneOrFail(OrderVersionSchema, { orderId: id, version });
  const oldestFirst = { orderBy: { at: 'asc' } } as const;
  return {
    order,
    snapshot,
    lines: await em.find(OrderLineSchema, { orderId: id, version }, { orderBy: { position: 'asc' } }),
    fulfillments: await readFulfillments(em, id),
    attention: await em.find(
      AttentionSchema,
      { orderId: id, resolvedAt: null },
      { orderBy: { openedAt: 'asc' } },
    ),
    reservedUntil: await readReservedUntil(em, order),
    awaitedStock: await readAwaitedStock(em, id),
    costOfGoods: await readCostOfGoods(em, id),
    payments: await em.find(PaymentSchema, { orderId: id }, oldestFirst),
    refunds: await em.find(RefundSchema, { orderId: id }, oldestFirst),
    timeline: await readTimeline(em, id),
  };
}

async function readReservedUntil(em: Em, { id, generation }: Order): Promise<string | null> {
  const [row] = await em.execute<{ until: string | null }[]>(
    `select to_jsonb(expires_at) #>> '{}' as until from reservation where order_id = ? and generation = ?`,
    [id, generation],
  );
  return row?.until ?? null;
}

/** Movements carry what their lot cost. */
async function readCostOfGoods(em: Em, orderId: string): Promise<{ minor: number; currency: string }[]> {
  return em.execute(
    `select sum(-m.quantity * m.unit_cost)::float8 as minor, m.currency
     from reservation r join claim c on c.reservation_id = r.id
     join stock_movement m on m.reference = 'claim/' || c.id and m.reason = 'shipment'
     where r.order_id = ? and m.unit_cost is not null group by m.currency order by m.currency`,
    [orderId],
  );
}

const LONGEST_TIMELINE = 1_000;

/** Oldest first; of a very long one, its end. */
async function readTimeline(em: Em, orderId: string): Promise<TimelineEntry[]> {
  const newestFirst = await em.execute<TimelineEntry[]>(
    `select to_jsonb(at) #>> '{}' as at, actor, what, detail from audit where order_id = ? order by seq desc limit ?`,
    [orderId, LONGEST_TIMELINE],
  );
  return newestFirst.reverse();
}

export interface OrderToTell {
  id: string;
  workflowId: string;
  stage: string;
  ended: boolean;
  disposition: 'fulfill' | 'record';
  storeId: string;
  externalId: string;
  platform: string;
  currency: string;
}

/** Enough to send it a message. */
export async function readOrderWorkflow(em: Em, id: string): Promise<OrderToTell | null> {
  const [order] = await em.execute<OrderToTell[]>(
    `select o.id, o.workflow_id as "workflowId", o.stage, o.ended_at is not null as ended, o.disposition,
            o.store_id as "storeId", o.external_id as "externalId", s.platform, o.currency
     from orders o join store s on s.id = o.store_id where o.id = ?`,
    [id],
  );
  return order ?? null;
}

export async function orderExists(em: Em, id: string): Promise<boolean> {
  return (await em.execute('select 1 from orders where id = ?', [id])).length > 0;
}
