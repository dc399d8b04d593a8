import type { Em } from '../database.ts';
import type { alertKinds } from '../entities/planning.ts';

export interface AlertFilter {
  open?: boolean | undefined;
  kind?: string | undefined;
  warehouse?: string | undefined;
  sku?: string | undefined;
  after?: string | undefined;
  limit: number;
}

export interface AlertRow {
  id: string;
  kind: (typeof alertKinds)[number];
  warehouse: string;
  sku: string;
  facts: Record<string, unknown>;
  openedAt: string;
  closedAt: string | null;
}

const time = (column: string, name: string) => `to_jsonb(${column}) #>> '{}' as "${name}"`;
const columns = `id, kind, warehouse, sku, facts, ${time('opened_at', 'openedAt')}, ${time('closed_at', 'closedAt')}`;

/** The newest first, one more than `limit` when there is a next page. */
export async function listAlerts(em: Em, filter: AlertFilter): Promise<AlertRow[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.open !== undefined) parts.push([`closed_at is ${filter.open ? '' : 'not'} null`]);
  if (filter.kind !== undefined) parts.push(['kind = ?', filter.kind]);
  if (filter.warehouse !== undefined) parts.push(['warehouse = ?', filter.warehouse]);
  if (filter.sku !== undefined) parts.push(['sku = ?', filter.sku]);
  if (filter.after !== undefined) parts.push(['id < ?', filter.after]);
  return em.execute<AlertRow[]>(
    `select ${columns} from alert where ${parts.map(([sql]) => sql).join(' and ')} order by id desc limit ?`,
    [...parts.flatMap(([, ...values]) => values), filter.limit + 1],
  );
}

export interface DeliveryRow {
  endpoint: string;
  channel: 'email' | 'webhook';
  state: 'due' | 'delivered' | 'given_up';
  attempts: number;
  dueAt: string;
  lastError: string | null;
  deliveredAt: string | null;
}

/** With its way to each endpoint. null: there is no such alert. */
export async function readAlert(
  em: Em,
  id: string,
): Promise<(AlertRow & { deliveries: DeliveryRow[] }) | null> {
  const [row] = await em.execute<AlertRow[]>(`select ${columns} from alert where id = ?`, [id]);
  if (!row) return null;
  const deliveries = await em.execute<DeliveryRow[]>(
    `select d.endpoint_id as endpoint, e.channel, d.state, d.attempts, ${time('d.due_at', 'dueAt')},
            d.last_error as "lastError", ${time('d.delivered_at', 'deliveredAt')}
     from alert_delivery d join alert_endpoint e on e.id = d.endpoint_id where d.alert_id = ? order by e.id`,
    [id],
  );
  return { ...row, deliveries };
}
