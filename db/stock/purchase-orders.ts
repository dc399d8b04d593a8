import { v7 as uuid } from 'uuid';
import { purchaseOrderActions, requireState } from '../../domain/documents.ts';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import type { PurchaseOrder } from '../entities/inventory.ts';

export interface PurchaseLine {
  sku: string;
  quantity: number;
  /** Minor units of the order's currency. */
  unitCost: number;
}

export interface NewPurchaseOrder {
  supplier: string;
  warehouse: string;
  currency: string;
  /** YYYY-MM-DD */
  expectedAt: string | null;
  note: string | null;
  lines: readonly PurchaseLine[];
  actor: string;
}

/** A draft: nothing is expected of it yet. The warehouse and the products must exist, each SKU be there once. */
export async function createPurchaseOrder(
  em: Em,
  order: NewPurchaseOrder,
): Promise<{ id: string; number: string }> {
  const id = uuid();
  const [row] = await em.execute<{ number: string }[]>(
    `insert into purchase_order (id, number, supplier, warehouse, currency, expected_at, note, created_by)
     values (?, 'PO-' || nextval('purchase_order_number'), ?, ?, ?, ?, ?, ?) returning number`,
    [id, order.supplier, order.warehouse, order.currency, order.expectedAt, order.note, order.actor],
  );
  await insertLines(em, id, order.lines);
  await tell(em, order.actor, 'purchase_order_drafted', id, `${row!.number} at ${order.supplier}`);
  return { id, number: row!.number };
}

async function insertLines(em: Em, id: string, lines: readonly PurchaseLine[]): Promise<void> {
  await em.execute(
    `insert into purchase_order_line (purchase_order_id, position, sku, quantity, unit_cost)
     select ?, l.position, l.sku, l.quantity, l."unitCost"
     from jsonb_to_recordset(?::jsonb) l (position int, sku text, quantity int, "unitCost" bigint)`,
    [id, JSON.stringify(lines.map((line, index) => ({ ...line, position: index + 1 })))],
  );
}

export interface PurchaseOrderRow {
  id: string;
  number: string;
  warehouse: string;
  currency: string;
  state: PurchaseOrder['state'];
}

/** Locked before any SKU. null where there is no such order. */
export async function lockPurchaseOrder(em: Em, id: string): Promise<PurchaseOrderRow | null> {
  const [row] = await em.execute<PurchaseOrderRow[]>(
    'select id, number, warehouse, currency, state from purchase_order where id = ? for no key update',
    [id],
  );
  return row ?? null;
}

/** Under `lockPurchaseOrder`. Throws `NotInState` for one that is no draft any more. */
export async function changePurchaseOrder(
  em: Em,
  order: PurchaseOrderRow,
  change: Pick<NewPurchaseOrder, 'expectedAt' | 'note' | 'lines' | 'actor'>,
): Promise<void> {
  requireState(order.number, order.state, purchaseOrderActions, 'change');
  await em.execute('update purchase_order set expected_at = ?, note = ? where id = ?', [
    change.expectedAt,
    change.note,
    order.id,
  ]);
  await em.execute('delete from purchase_order_line where purchase_order_id = ?', [order.id]);
  await insertLines(em, order.id, change.lines);
  await tell(em, change.actor, 'purchase_order_changed', order.id, order.number);
}

/** It was sent to the supplier: from now on it is expected. Under `lockPurchaseOrder`. Throws `NotInState`. */
export async function placePurchaseOrder(em: Em, order: PurchaseOrderRow, actor: string): Promise<void> {
  requireState(order.number, order.state, purchaseOrderActions, 'order');
  await em.execute(`update purchase_order set state = 'ordered', ordered_at = now() where id = ?`, [
    order.id,
  ]);
  await tell(em, actor, 'purchase_order_ordered', order.id, order.number);
}

/** What has not come is expected no more. Under `lockPurchaseOrder`. Throws `NotInState`. */
export async function closePurchaseOrder(
  em: Em,
  order: PurchaseOrderRow,
  by: { actor: string; reason: string },
): Promise<void> {
  requireState(order.number, order.state, purchaseOrderActions, 'close');
  await em.execute(`update purchase_order set state = 'closed', closed_at = now() where id = ?`, [order.id]);
  await tell(em, by.actor, 'purchase_order_closed', order.id, `${order.number}: ${by.reason}`);
}

/** The units that came, put down on its lines. Under `lockPurchaseOrder`; every SKU must be on it. */
export async function putDownReceived(
  em: Em,
  order: PurchaseOrderRow,
  lines: readonly { sku: string; quantity: number }[],
): Promise<void> {
  requireState(order.number, order.state, purchaseOrderActions, 'receive');
  await em.execute(
    `update purchase_order_line l set received = received + t.quantity
     from (select sku, sum(quantity)::int as quantity from jsonb_to_recordset(?::jsonb) t (sku text, quantity int)
           group by sku) t
     where l.purchase_order_id = ? and l.sku = t.sku`,
    [JSON.stringify(lines), order.id],
  );
  await em.execute(
    `update purchase_order set state = case when exists (
       select 1 from purchase_order_line where purchase_order_id = ? and received < quantity)
       then 'partially_received' else 'received' end where id = ?`,
    [order.id, order.id],
  );
}

/** What each line costs, by SKU. */
export async function readPurchaseLines(em: Em, id: string): Promise<Map<string, PurchaseLine>> {
  const rows = await em.execute<PurchaseLine[]>(
    `select sku, quantity, unit_cost::float8 as "unitCost" from purchase_order_line where purchase_order_id = ?`,
    [id],
  );
  return new Map(rows.map((row) => [row.sku, row]));
}

const tell = (em: Em, actor: string, what: string, subject: string, detail: string) =>
  recordAudit(em, { actor, what, subject, detail });
