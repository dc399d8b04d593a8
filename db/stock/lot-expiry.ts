import { recordAudit } from '../audit.ts';
import type { Database, Em } from '../database.ts';
import { inTransaction } from '../transaction.ts';
import { takeOffSale } from './lot-state.ts';
import { giveToQueue, lockQueue } from './queue.ts';

interface Due {
  id: string;
  warehouse: string;
  sku: string;
  number: string;
  onHand: number;
  expiresAt: string;
}

/**
 * Takes lots off sale whose last day is over where they lie, at most `limit` of them; what was promised of them is
 * released. Returns how many. Any number of processes may do it at once: each lot is looked at again under the lock of
 * its SKU.
 */
export async function expireLots(orm: Database, now: Date, limit: number): Promise<number> {
  const due = await readDue(orm.em.fork(), now, limit);
  let expired = 0;
  for (const [sku, lots] of Map.groupBy(due, (lot) => lot.sku))
    expired += await inTransaction(orm, async (em) => {
      const skus = await lockQueue(em, [sku]);
      const still = await readDue(em, now, limit, lots);
      for (const lot of still) await expire(em, lot);
      await giveToQueue(em, skus);
      return still.length;
    });
  return expired;
}

async function readDue(em: Em, now: Date, limit: number, among?: readonly Due[]): Promise<Due[]> {
  return em.execute<Due[]>(
    `select l.id, l.warehouse, l.sku, l.number, l.on_hand as "onHand", l.expires_at::text as "expiresAt"
     from lot l join warehouse w on w.code = l.warehouse
     where l.state = 'sellable' and l.expires_at < (?::timestamptz at time zone w.time_zone)::date
       ${among ? 'and l.id in (?)' : ''}
     order by l.expires_at, l.id limit ?`,
    [now.toISOString(), ...(among ? [among.map(({ id }) => id)] : []), limit],
  );
}

async function expire(em: Em, { id, warehouse, sku, number, onHand, expiresAt }: Due): Promise<void> {
  await takeOffSale(em, id, 'expired', `lot ${number} was good until ${expiresAt}`);
  await recordAudit(em, {
    actor: 'engine',
    what: 'lot_expired',
    subject: id,
    detail: `${onHand} × ${sku} in ${warehouse}, lot ${number}: good until ${expiresAt}`,
  });
}
