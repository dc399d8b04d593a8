import type { Em } from '../database.ts';

export interface Page {
  state?: string | undefined;
  warehouse?: string | undefined;
  after?: string | undefined;
  limit: number;
}

const time = (column: string, name: string) => `to_jsonb(${column}) #>> '{}' as "${name}"`;

export interface PurchaseOrderFacts {
  id: string;
  number: string;
  supplier: string;
  warehouse: string;
  state: string;
  currency: string;
  expectedAt: string | null;
  note: string | null;
  createdBy: string;
  createdAt: string;
  orderedAt: string | null;
  closedAt: string | null;
}

const purchaseOrder = `id, number, supplier, warehouse, state, currency, expected_at::text as "expectedAt", note,
  created_by as "createdBy", ${time('created_at', 'createdAt')}, ${time('ordered_at', 'orderedAt')},
  ${time('closed_at', 'closedAt')}`;

/** The newest first, one more than `limit` when there is a next page. */
export const listPurchaseOrders = (em: Em, page: Page) =>
  list<PurchaseOrderFacts>(em, `select ${purchaseOrder} from purchase_order where`, 'warehouse', page);

export async function readPurchaseOrder(em: Em, id: string) {
  const [row] = await em.execute<PurchaseOrderFacts[]>(
    `select ${purchaseOrder} from purchase_order where id = ?`,
    [id],
  );
  if (!row) return null;
  const lines = await em.execute<{ sku: string; quantity: number; received: number; unitCost: number }[]>(
    `select sku, quantity, received, unit_cost::float8 as "unitCost" from purchase_order_line
     where purchase_order_id = ? order by position`,
    [id],
  );
  return { ...row, lines };
}

export interface TransferFacts {
  id: string;
  number: string;
  from: string;
  to: string;
  state: string;
  expectedAt: string | null;
  note: string | null;
  createdBy: string;
  createdAt: string;
  sentAt: string | null;
  closedAt: string | null;
}

const transfer = `id, number, from_warehouse as "from", to_warehouse as "to", state, expected_at::text as "expectedAt",
  note, created_by as "createdBy", ${time('created_at', 'createdAt')}, ${time('sent_at', 'sentAt')},
  ${time('closed_at', 'closedAt')}`;

/** `warehouse`: it comes from there or goes there. */
export const listTransfers = (em: Em, page: Page) =>
  list<TransferFacts>(em, `select ${transfer} from transfer where`, ['from_warehouse', 'to_warehouse'], page);

export async function readTransfer(em: Em, id: string) {
  const [row] = await em.execute<TransferFacts[]>(`select ${transfer} from transfer where id = ?`, [id]);
  if (!row) return null;
  const lines = await em.execute<
    {
      position: number;
      sku: string;
      lot: string | null;
      quantity: number;
      received: number;
      lost: number;
      inTransit: number;
    }[]
  >(
    `select l.position, l.sku, lot.number as lot, l.quantity, l.received, l.lost,
            case when t.sent_at is null then 0 else l.quantity - l.received - l.lost end as "inTransit"
     from transfer_line l join transfer t on t.id = l.transfer_id left join lot on lot.id = l.lot_id
     where l.transfer_id = ? order by l.position`,
    [id],
  );
  return { ...row, lines };
}

export interface CountFacts {
  id: string;
  warehouse: string;
  state: string;
  note: string | null;
  openedBy: string;
  openedAt: string;
  closedBy: string | null;
  closedAt: string | null;
}

const count = `id, warehouse, state, note, opened_by as "openedBy", ${time('opened_at', 'openedAt')},
  closed_by as "closedBy", ${time('closed_at', 'closedAt')}`;

export const listCounts = (em: Em, page: Page) =>
  list<CountFacts>(em, `select ${count} from cycle_count where`, 'warehouse', page);

/** What is expected is not shown while it is counted. */
export async function readCount(em: Em, id: string) {
  const [row] = await em.execute<CountFacts[]>(`select ${count} from cycle_count where id = ?`, [id]);
  if (!row) return null;
  const lines = await em.execute<
    {
      position: number;
      sku: string;
      lot: string;
      counted: number | null;
      countedBy: string | null;
      expected: number | null;
      unitCost: number;
      currency: string;
    }[]
  >(
    `select c.position, c.sku, lot.number as lot, c.counted, c.counted_by as "countedBy",
            case when k.state = 'open' then null else c.expected end as expected,
            lot.unit_cost::float8 as "unitCost", lot.currency
     from cycle_count_line c join cycle_count k on k.id = c.count_id join lot on lot.id = c.lot_id
     where c.count_id = ? order by c.position`,
    [id],
  );
  return { ...row, lines };
}

/** Units of one SKU that are on their way to each warehouse: ordered and not come yet, and sent from another. */
export async function readIncoming(
  em: Em,
  sku: string,
): Promise<
  {
    warehouse: string;
    document: string;
    kind: 'purchase_order' | 'transfer';
    quantity: number;
    /** Of these, what can be sold once it is there: a lot that is off sale arrives so. */
    sellable: number;
    expectedAt: string | null;
  }[]
> {
  return em.execute(
    `select o.warehouse, o.number as document, 'purchase_order' as kind, l.quantity - l.received as quantity,
            l.quantity - l.received as sellable, o.expected_at::text as "expectedAt"
     from purchase_order_line l join purchase_order o on o.id = l.purchase_order_id
     where l.sku = ? and o.state in ('ordered', 'partially_received') and l.received < l.quantity
     union all
     select t.to_warehouse, t.number, 'transfer', sum(l.quantity - l.received - l.lost)::int,
            coalesce(sum(l.quantity - l.received - l.lost) filter (where lot.state = 'sellable'), 0)::int,
            t.expected_at::text
     from transfer_line l join transfer t on t.id = l.transfer_id join lot on lot.id = l.lot_id
     where l.sku = ? and t.state = 'in_transit' group by t.id having sum(l.quantity - l.received - l.lost) > 0
     order by 1, 6 nulls last, 2`,
    [sku, sku],
  );
}

/** Ids are in the order of their making. */
async function list<Row extends object>(
  em: Em,
  select: string,
  warehouse: string | readonly string[],
  page: Page,
): Promise<Row[]> {
  const of = typeof warehouse === 'string' ? [warehouse] : warehouse;
  const parts: [string, ...unknown[]][] = [['true']];
  if (page.state !== undefined) parts.push(['state = ?', page.state]);
  if (page.warehouse !== undefined)
    parts.push([`(${of.map((column) => `${column} = ?`).join(' or ')})`, ...of.map(() => page.warehouse)]);
  if (page.after !== undefined) parts.push(['id < ?', page.after]);
  return em.execute<Row[]>(`${select} ${parts.map(([sql]) => sql).join(' and ')} order by id desc limit ?`, [
    ...parts.flatMap(([, ...values]) => values),
    page.limit + 1,
  ]);
}
