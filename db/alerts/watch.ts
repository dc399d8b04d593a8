import { v7 as uuid } from 'uuid';
import type { AlertNews } from '../../domain/alerts.ts';
import { suggest } from '../../domain/replenishment.ts';
import type { Database, Em } from '../database.ts';
import { readPlanning } from '../read/replenishment.ts';
import { inTransaction } from '../transaction.ts';

/** `subject` tells the same thing from another: `{warehouse}/{sku}`, or the lot's id. */
type Finding = AlertNews & { subject: string };

/**
 * Opens an alert for each line that is crossed, with a message to each endpoint in the same transaction, and closes
 * those that are crossed back. Any number of processes may do it: one of them looks, the others return at once.
 */
export async function watchStock(orm: Database, now: Date, expiryDays: number): Promise<void> {
  await inTransaction(orm, async (em) => {
    const [row] = await em.execute<{ alone: boolean }[]>(
      `select pg_try_advisory_xact_lock(hashtext('alerts/watch')) as alone`,
    );
    if (!row?.alone) return;
    const found = [...(await findLow(em, now)), ...(await findExpiring(em, now, expiryDays))];
    await closeOthers(em, found);
    await openNew(em, found);
  });
}

async function findLow(em: Em, now: Date): Promise<Finding[]> {
  const rows = await readPlanning(em, { activeOnly: true }, now);
  return rows.flatMap((row): Finding[] => {
    const { low, ...suggestion } = suggest(row, row);
    const { warehouse, sku, onHand, available, waiting, incoming, reorderPoint, supplier } = row;
    const facts = { onHand, available, waiting, incoming, reorderPoint, supplier, ...suggestion };
    return low ? [{ kind: 'low_stock', subject: `${warehouse}/${sku}`, warehouse, sku, facts }] : [];
  });
}

async function findExpiring(em: Em, now: Date, days: number): Promise<Finding[]> {
  const lots = await em.execute<
    {
      id: string;
      warehouse: string;
      sku: string;
      lot: string;
      expiresAt: string;
      daysLeft: number;
      onHand: number;
    }[]
  >(
    `select l.id, l.warehouse, l.sku, l.number as lot, l.expires_at::text as "expiresAt",
            l.expires_at - (?::timestamptz at time zone w.time_zone)::date as "daysLeft", l.on_hand as "onHand"
     from lot l join warehouse w on w.code = l.warehouse
     where l.state = 'sellable' and l.on_hand > 0
       and l.expires_at - (?::timestamptz at time zone w.time_zone)::date between 0 and ?
     order by l.expires_at, l.id`,
    [now.toISOString(), now.toISOString(), days],
  );
  return lots.map(({ id, warehouse, sku, ...facts }) => ({
    ...{ kind: 'lot_expiring', subject: id, warehouse, sku, facts },
  }));
}

async function closeOthers(em: Em, found: readonly Finding[]): Promise<void> {
  await em.execute(
    `update alert a set closed_at = now() where a.closed_at is null and not exists (
       select 1 from jsonb_to_recordset(?::jsonb) still (kind text, subject text)
       where still.kind = a.kind and still.subject = a.subject)`,
    [JSON.stringify(found.map(({ kind, subject }) => ({ kind, subject })))],
  );
}

async function openNew(em: Em, found: readonly Finding[]): Promise<void> {
  if (found.length === 0) return;
  await em.execute(
    `with opened as (
       insert into alert (id, kind, subject, warehouse, sku, facts)
       select id, kind, subject, warehouse, sku, facts
       from jsonb_to_recordset(?::jsonb) t (id uuid, kind text, subject text, warehouse text, sku text, facts jsonb)
       on conflict do nothing returning id, kind)
     insert into alert_delivery (id, alert_id, endpoint_id)
     select gen_random_uuid(), o.id, e.id
     from opened o join alert_endpoint e on e.deleted_at is null and o.kind = any(e.kinds)`,
    [JSON.stringify(found.map((finding) => ({ ...finding, id: uuid() })))],
  );
}
