import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { type LotState, takeOffSale } from './lot-state.ts';
import type { Lost } from './shrink.ts';

interface Arrival {
  /** The lot that the units left: on their way they are its, so what was decided about it meanwhile holds for them. */
  lotId: string;
  warehouse: string;
  /** The document's number, for people. */
  by: string;
  actor: string;
}

interface Batch {
  sku: string;
  number: string;
  /** What keeps its units off sale where they arrive; null: nothing does. */
  offSale: Exclude<LotState, 'sellable'> | null;
  /** The same batch in the other warehouse, where it ever was there. */
  there: { id: string; state: LotState } | null;
}

/**
 * The lot that units arrive as: the same number, expiry, age and cost. What is off sale stays off sale: units of one
 * batch in one warehouse can't be told apart, so where some of it is on sale already, that leaves sale with them, and
 * what was promised of it is released. Under `lockQueue` of its SKU.
 */
export async function arriveAs(em: Em, arrival: Arrival): Promise<{ lotId: string; lost: Lost[] }> {
  const { lotId, warehouse, by, actor } = arrival;
  const { sku, number, offSale, there } = await readBatch(em, lotId, warehouse);
  if (!there) return { lotId: await newLot(em, lotId, warehouse, offSale ?? 'sellable'), lost: [] };
  if (!offSale || (there.state !== 'sellable' && offSale !== 'recalled') || there.state === offSale)
    return { lotId: there.id, lost: [] };
  const lost = await takeOffSale(em, there.id, offSale, `${by} brought units of lot ${number}: ${offSale}`);
  await recordAudit(em, {
    actor,
    what: `lot_${offSale}`,
    subject: there.id,
    detail: `${sku} in ${warehouse}, lot ${number}: ${by} brought units of it that are ${offSale}`,
  });
  return { lotId: there.id, lost };
}

/** What is past its day where it left may be good for some hours more where it arrives. */
async function readBatch(em: Em, lotId: string, warehouse: string): Promise<Batch> {
  const [row] = await em.execute<(Omit<Batch, 'there'> & { id: string | null; state: LotState })[]>(
    `select l.sku, l.number, there.id, there.state,
            case when l.state in ('quarantined', 'recalled') then l.state
                 when l.expires_at < (now() at time zone w.time_zone)::date then 'expired' end as "offSale"
     from lot l join warehouse w on w.code = ?
     left join lot there on there.warehouse = w.code and there.sku = l.sku and there.number = l.number
     where l.id = ?`,
    [warehouse, lotId],
  );
  const { id, state, ...batch } = row!;
  return { ...batch, there: id === null ? null : { id, state } };
}

async function newLot(em: Em, lotId: string, warehouse: string, state: LotState): Promise<string> {
  const id = uuid();
  await em.execute(
    `insert into lot (id, warehouse, sku, number, expires_at, received_at, unit_cost, currency, state)
     select ?, ?, sku, number, expires_at, received_at, unit_cost, currency, ? from lot where id = ?`,
    [id, warehouse, state, lotId],
  );
  return id;
}
