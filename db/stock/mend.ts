import { CheckConstraintViolationException } from '@mikro-orm/core';
import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { lockOrder } from '../locks.ts';
import { type Difference, PROOF_STEP, readDifferences } from '../read/proof.ts';
import { giveToQueue, lockQueue } from './queue.ts';

/** It can't be put right without a person; the message says why. */
export class NotMendable extends Error {
  override readonly name = 'NotMendable';
}

/**
 * Puts one difference of the proof right, in the caller's transaction: numbers are counted anew by the database,
 * what is held for nobody is released, a shipment that was not booked is booked. The ledger is only added to. What
 * becomes free goes to those who wait. Closes the cases that are mended by it. Throws `NotMendable`.
 */
export async function mendStock(
  em: Em,
  found: { subject: string; reason: string },
  by: { actor: string; reason: string },
): Promise<void> {
  const is = (one: Difference) => one.subject === found.subject && one.reason === found.reason;
  const seen = (await readDifferences(em, { reason: found.reason })).find(is);
  if (seen && !seen.mend) throw new NotMendable(seen.sentence);
  if (!seen) return closeCases(em, [found], by.actor);
  const orderId = await orderOf(em, seen);
  if (orderId) await lockOrder(em, orderId);
  const skus = await lockQueue(em, [seen.sku]);
  const before = await readDifferences(em, { sku: seen.sku });
  const difference = before.find(is);
  if (!difference) return closeCases(em, [found], by.actor);
  try {
    await recount(em, seen.sku, by);
    if (await mend[difference.mend!](em, difference, by.actor)) await recount(em, seen.sku, by);
    await giveToQueue(em, skus);
  } catch (error) {
    if (!(error instanceof CheckConstraintViolationException)) throw error;
    throw new NotMendable(
      `The rows themselves contradict each other, so the database refuses what they add up to. ${difference.sentence}`,
    );
  }
  const after = await readDifferences(em, { sku: seen.sku });
  const gone = before.filter(
    (one) => !after.some(({ subject, reason }) => subject === one.subject && reason === one.reason),
  );
  await closeCases(em, gone, by.actor);
  await recordAudit(em, {
    actor: by.actor,
    what: 'stock_mended',
    subject: found.subject,
    detail: `${by.reason} (${found.reason}: ${difference.says}, should be ${difference.should})`,
  });
}

/** The database counts levels and lots of the SKU anew: its trigger is the only one that may write them. */
async function recount(em: Em, sku: string, { actor, reason }: { actor: string; reason: string }) {
  await em.execute('insert into stock_recount (id, sku, reason, actor) values (?, ?, ?, ?)', [
    uuid(),
    sku,
    reason,
    actor,
  ]);
}

/** Answers whether the numbers must be counted once more afterwards. */
type Mending = (em: Em, difference: Difference, actor: string) => Promise<boolean>;

const keyOf = ({ subject }: Difference) => subject.split('/');

const mend: Record<NonNullable<Difference['mend']>, Mending> = {
  recount: async () => false,

  async release_claim(em, difference) {
    await em.execute(`update claim set state = 'released' where id = ? and state = 'open'`, [
      keyOf(difference)[1],
    ]);
    return false;
  },

  async release_reservation(em, difference) {
    await em.execute(`update reservation set state = 'released' where id = ?`, [keyOf(difference)[1]]);
    return false;
  },

  async book_shipment(em, difference, actor) {
    const [, claimId] = keyOf(difference);
    const [claim] = await em.execute<{ whole: boolean }[]>(
      `update claim set state = 'shipped' where id = ? returning lot_id is not null and not exists (
         select 1 from stock_movement m where m.reference = 'claim/' || claim.id and m.reason = 'shipment'
           and (m.lot_id, m.quantity) <> (claim.lot_id, -claim.quantity)) as whole`,
      [claimId],
    );
    if (!claim?.whole) throw new NotMendable(difference.sentence);
    await em.execute(
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       select gen_random_uuid(), warehouse, sku, lot_id, -quantity, 'shipment', 'claim/' || id, ?
       from claim where id = ? on conflict (reference, reason) do nothing`,
      [actor, claimId],
    );
    return false;
  },

  async unqueue(em, difference) {
    await em.execute('delete from stock_wait where order_id = ? and sku = ?', [
      keyOf(difference)[1],
      difference.sku,
    ]);
    return false;
  },

  async put_down_received(em, difference) {
    const [, purchaseOrderId, position] = keyOf(difference);
    await em.execute(
      'update purchase_order_line set received = ? where purchase_order_id = ? and position = ?',
      [Number(difference.should), purchaseOrderId, Number(position)],
    );
    return false;
  },
};

/** Its lock comes before those of SKUs. */
async function orderOf(em: Em, difference: Difference): Promise<string | null> {
  const [table, key] = keyOf(difference);
  if (table === 'stock_wait') return key!;
  if (table !== 'claim' && table !== 'reservation') return null;
  const [row] = await em.execute<{ id: string }[]>(
    table === 'claim'
      ? 'select r.order_id as id from claim c join reservation r on r.id = c.reservation_id where c.id = ?'
      : 'select order_id as id from reservation where id = ?',
    [key],
  );
  return row?.id ?? null;
}

async function closeCases(em: Em, gone: readonly { subject: string; reason: string }[], actor: string) {
  for (const { subject, reason } of gone)
    await em.execute(
      `update attention set resolved_at = now(), resolution = 'mended', resolved_by = ?
       where step = ? and subject = ? and reason = ? and order_id is null and resolved_at is null`,
      [actor, PROOF_STEP, subject, reason],
    );
}
