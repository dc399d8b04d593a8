import { toWire } from '../../domain/money.ts';
import type { OrderSnapshot } from '../../domain/order.ts';
import { findBlocks, readMarkKey } from '../blocked-customers.ts';
import type { Em } from '../database.ts';
import type { Secrets } from '../secrets.ts';
import { fromParty, partiesOf } from './erase-mail.ts';

/** Everything that is held of one order's customer, as plain data. */
export interface OrderExport {
  order: Record<string, unknown>;
  /** What the store said of it, the oldest first. */
  content: { version: number; at: string; snapshot: OrderSnapshot }[];
  payments: Record<string, unknown>[];
  refunds: Record<string, unknown>[];
  disputes: Record<string, unknown>[];
  shipments: Record<string, unknown>[];
  scans: Record<string, unknown>[];
  /** What people here changed of it. */
  changes: Record<string, unknown>[];
  attention: Record<string, unknown>[];
  timeline: Record<string, unknown>[];
  /** What others sent about it, as they sent it; without a body where that is no longer kept. */
  events: Record<string, unknown>[];
  /** By what its customer is blocked, as staff wrote it. */
  blocks: Record<string, unknown>[];
}

type Part = Exclude<keyof OrderExport, 'order' | 'content' | 'blocks'>;

const ofOrder = `join parcel c on c.id = p.parcel_id join fulfillment f on f.id = c.fulfillment_id where f.order_id = :id`;

/** Each an SQL statement whose rows are shown as they are; `:id` is the order's. */
const parts: Record<Part, string> = {
  payments: `select provider, external_id, kind, amount, currency, at from payment where order_id = :id order by at`,
  refunds: `select provider, external_id, state, amount, currency, at from refund where order_id = :id order by at`,
  disputes: `select provider, external_id, state, reason, amount, currency, at from dispute where order_id = :id order by at`,
  shipments: `
    select p.id, p.state, p.request, l.carrier, l.tracking_number, l.bought_at, l.voided_at,
           case when l.document <> '' then '/v1/labels/' || l.id end as document
    from label_purchase p left join label l on l.purchase_id = p.id ${ofOrder} order by p.created_at`,
  scans: `
    select l.tracking_number, e.at, e.status, e.description, e.place
    from tracking_event e join label l on l.id = e.label_id join label_purchase p on p.id = l.purchase_id ${ofOrder}
    order by e.at`,
  changes: `
    select c.created_at as at, c.kind, c.state, c.actor, c.reason, c.content -> 'address' as address, c.amount, o.currency
    from order_change c join orders o on o.id = c.order_id where c.order_id = :id order by c.created_at, c.id`,
  attention: `
    select opened_at, step, reason, sentence, last_error, resolved_at, resolution, resolved_by
    from attention where order_id = :id order by opened_at`,
  timeline: `select at, actor, what, detail from audit where order_id = :id order by seq`,
  events: `
    select received_at, source, topic, state, nullif(body, '') as body from inbox where seq in (
      select i.seq from inbox i join orders o on i.source = 'store/' || o.store_id and i.order_external_id = o.external_id
      where o.id = :id
      union select inbox.seq from inbox join (${partiesOf(':id')}) theirs on ${fromParty}) order by seq`,
};

/** Throws where there is no such order. */
export async function exportOrder(em: Em, secrets: Secrets, orderId: string): Promise<OrderExport> {
  const [order] = await rowsOf(
    em,
    `select id, store_id as store, external_id, number, placed_at, stage, currency, total, country, payment_state,
            customer_email, customer_key, waiting_for, ended_at, erased_at from orders where id = :id`,
    orderId,
  );
  if (!order) throw new Error(`No order ${orderId}`);
  const content = await rowsOf(
    em,
    `select version, created_at as at, snapshot from order_version where order_id = :id order by version`,
    orderId,
  );
  const rest: Partial<Record<Part, Record<string, unknown>[]>> = {};
  for (const [part, sql] of Object.entries(parts)) rest[part as Part] = await rowsOf(em, sql, orderId);
  const versions = content as unknown as OrderExport['content'];
  const blocks = await readBlocks(em, secrets, versions, order['customerKey'] as string | null);
  return { order, content: versions, ...(rest as Record<Part, []>), blocks };
}

async function readBlocks(
  em: Em,
  secrets: Secrets,
  versions: OrderExport['content'],
  customerKey: string | null,
): Promise<Record<string, unknown>[]> {
  const key = await readMarkKey(em, secrets);
  const found = new Map<string, Record<string, unknown>>();
  for (const { snapshot } of versions)
    for (const { id, kind, label, reason, blockedAt } of await findBlocks(em, key, snapshot, customerKey))
      found.set(id, { kind, label, reason, blockedAt: blockedAt.toISOString() });
  return [...found.values()];
}

/** As JSON writes them: times as RFC 3339. */
async function rowsOf(em: Em, sql: string, orderId: string): Promise<Record<string, unknown>[]> {
  const ids = sql.match(/:id/g)!.map(() => orderId);
  const rows = await em.execute<{ row: Record<string, unknown> }[]>(
    `select to_jsonb(rows) as row from (${sql.replaceAll(':id', '?')}) rows`,
    ids,
  );
  return rows.map(({ row }) => shown(row));
}

/** With the names of fields, and money, as the API has them. */
function shown({ currency, ...row }: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      typeof currency === 'string' && typeof value === 'number' ? toWire({ minor: value, currency }) : value,
    ]),
  );
}
