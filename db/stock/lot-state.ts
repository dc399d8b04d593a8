import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import type { lotStates } from '../entities/stock.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { type Lost, releaseFor } from './shrink.ts';

export type LotState = (typeof lotStates)[number];

interface Standing {
  warehouse: string;
  sku: string;
  number: string;
  state: LotState;
  onHand: number;
  /** Its last day is over, where it lies. */
  past: boolean;
}

/** It is not in the state that this begins with. Nothing was changed. */
export class LotNotIn extends Error {
  override readonly name = 'LotNotIn';
}

/**
 * Takes a lot off sale. What is promised of it is released before (see `releaseFor`): orders go on with other lots, or
 * wait. Under `lockQueue` of its SKU; what is left free is for whoever calls to give on.
 */
export async function takeOffSale(
  em: Em,
  lotId: string,
  to: Exclude<LotState, 'sellable'>,
  cause: string,
): Promise<Lost[]> {
  const { warehouse, sku, onHand } = await standingOf(em, lotId);
  const lost = await releaseFor(em, { warehouse, sku, lotId, quantity: onHand, cause });
  await em.execute('update lot set state = ? where id = ?', [to, lotId]);
  return lost;
}

interface Decision {
  lotId: string;
  actor: string;
  reason: string;
}

/** Off sale until somebody releases it; already so: nothing. Throws `LotNotIn`; the lot must exist. */
export async function quarantineLot(em: Em, { lotId, actor, reason }: Decision): Promise<Lost[]> {
  const { lot, skus } = await lockLot(em, lotId);
  if (lot.state === 'quarantined') return [];
  if (lot.state !== 'sellable') throw new LotNotIn(`It is ${lot.state}, so it is off sale already`);
  const lost = await takeOffSale(em, lotId, 'quarantined', `lot ${lot.number} is in quarantine`);
  await tell(em, 'lot_quarantined', lot, { lotId, actor, reason });
  await giveToQueue(em, skus);
  return lost;
}

/** On sale again, first to those who wait; already so: nothing. Throws `LotNotIn`; the lot must exist. */
export async function releaseLot(em: Em, { lotId, actor, reason }: Decision): Promise<void> {
  const { lot, skus } = await lockLot(em, lotId);
  if (lot.state === 'sellable') return;
  if (lot.state !== 'quarantined') throw new LotNotIn(`It is ${lot.state}: that is final`);
  if (lot.past) throw new LotNotIn('Its last day is over: write it off (POST /v1/adjustments)');
  await em.execute(`update lot set state = 'sellable' where id = ?`, [lotId]);
  await tell(em, 'lot_released', lot, { lotId, actor, reason });
  await giveToQueue(em, skus);
}

async function lockLot(em: Em, lotId: string): Promise<{ lot: Standing; skus: string[] }> {
  const { sku } = await standingOf(em, lotId);
  const skus = await lockQueue(em, [sku]);
  return { lot: await standingOf(em, lotId), skus };
}

async function standingOf(em: Em, lotId: string): Promise<Standing> {
  const [lot] = await em.execute<Standing[]>(
    `select l.warehouse, l.sku, l.number, l.state, l.on_hand as "onHand",
            coalesce(l.expires_at < (now() at time zone w.time_zone)::date, false) as past
     from lot l join warehouse w on w.code = l.warehouse where l.id = ?`,
    [lotId],
  );
  if (!lot) throw new Error(`No lot ${lotId}`);
  return lot;
}

const tell = (em: Em, what: string, lot: Standing, { lotId, actor, reason }: Decision) =>
  recordAudit(em, {
    actor,
    what,
    subject: lotId,
    detail: `${lot.onHand} × ${lot.sku} in ${lot.warehouse}, lot ${lot.number}: ${reason}`,
  });
