import { v7 as uuid } from 'uuid';
import type { Change } from '../domain/changes.ts';
import type { Em } from './database.ts';
import type { OrderChange } from './entities/orders.ts';

/** What people here want of orders otherwise than their shops say. */

export type ChangeKind = OrderChange['kind'];

export interface ProposedChange {
  orderId: string;
  kind: ChangeKind;
  /** The Update's id: a repeat is the same change. */
  requestKey: string;
  content: unknown;
  amount?: number;
  actor: string;
  reason: string;
}

/** Written before the order's workflow is asked, which hears its id alone. Returns the id. */
export async function proposeChange(em: Em, change: ProposedChange): Promise<string> {
  const [row] = await em.execute<{ id: string }[]>(
    `insert into order_change (id, order_id, kind, request_key, content, amount, actor, reason)
     values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (request_key) do update set request_key = excluded.request_key returning id`,
    [
      uuid(),
      change.orderId,
      change.kind,
      change.requestKey,
      JSON.stringify(change.content),
      change.amount ?? 0,
      change.actor,
      change.reason,
    ],
  );
  return row!.id;
}

/** Nothing of it is kept but that it was asked for. */
export async function refuseChange(em: Em, changeId: string): Promise<void> {
  await em.execute(
    `update order_change set state = 'refused', content = null, settled_at = now() where id = ? and state = 'proposed'`,
    [changeId],
  );
}

/** Of `order_change`: those by which their orders go. */
export const goesBy = `kind in ('address', 'lines') and state in ('accepted', 'done', 'skipped') and content is not null`;

export interface AcceptedChange {
  kind: Change['kind'];
  content: object;
}

export const asChange = ({ kind, content }: AcceptedChange): Change => ({ kind, ...content }) as Change;

export interface ChangeRow {
  id: string;
  orderId: string;
  kind: ChangeKind;
  content: unknown;
  amount: number;
  state: OrderChange['state'];
  actor: string;
  reason: string;
}

export async function readChange(em: Em, changeId: string): Promise<ChangeRow> {
  const [row] = await em.execute<ChangeRow[]>(
    `select id, order_id as "orderId", kind, content, amount::float8 as amount, state, actor, reason
     from order_change where id = ?`,
    [changeId],
  );
  if (!row) throw new Error(`No change ${changeId}`);
  return row;
}

/** What was dropped from the order and needs no paying, beyond what was given back for it. Minor units. */
export async function readWaived(em: Em, orderId: string): Promise<number> {
  const [row] = await em.execute<{ waived: number }[]>(
    `select coalesce(sum(greatest(0, amount - given)), 0)::float8 as waived from order_change
     where order_id = ? and kind = 'lines' and state in ('accepted', 'done', 'skipped')`,
    [orderId],
  );
  return row!.waived;
}

/** What is to be taken for the order in all: its price, without what was dropped. Minor units. */
export async function readDue(em: Em, orderId: string): Promise<number> {
  const [order] = await em.execute<{ total: number }[]>(
    'select total::float8 as total from orders where id = ?',
    [orderId],
  );
  return order!.total - (await readWaived(em, orderId));
}
