import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { StockMovementSchema } from '../entities/stock.ts';
import { personalStringsIn, scrub } from '../privacy.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { giveUp, lockFulfillments, type Lost, openClaims, summed, take, type Taken } from './shrink.ts';

export interface ShortPick {
  fulfillmentId: string;
  /** Units that were not on the shelf. */
  lines: readonly { sku: string; quantity: number }[];
  reason: string;
  actor: string;
}

export type ShortPicked =
  | { outcome: 'booked'; moved: { sku: string; lotId: string; quantity: number }[]; lost: Lost[] }
  /** It has left, or is no more: `stage` says which. */
  | { outcome: 'not_possible'; stage: string }
  /** It holds less of this line's SKU than is said to be missing. */
  | { outcome: 'more_than_held'; line: number; held: number };

/**
 * Who picks did not find what a fulfillment holds: the units leave its own lots, and it alone loses them. Without a
 * label it is allocated anew, with what is left to it; with one a person is asked. null: there is none. Call it inside
 * a transaction; what it answers other than `booked` has changed nothing.
 */
export async function bookShortPick(em: Em, pick: ShortPick): Promise<ShortPicked | null> {
  const skus = await lockQueue(
    em,
    pick.lines.map(({ sku }) => sku),
  );
  const [fulfillment] = await em.execute<{ orderId: string; warehouse: string; stage: string }[]>(
    'select order_id as "orderId", warehouse, stage from fulfillment where id = ?',
    [pick.fulfillmentId],
  );
  if (!fulfillment) return null;
  const { warehouse, stage } = fulfillment;
  if (!['allocated', 'labelled'].includes(stage)) return { outcome: 'not_possible', stage };
  // It goes onto the ledger and to other orders' timelines, where no customer may be named.
  const reason = scrub(pick.reason, await personalStringsIn(em, fulfillment.orderId));
  const gone: Taken[] = [];
  for (const [line, { sku, quantity }] of pick.lines.entries()) {
    await lockFulfillments(em, warehouse, sku);
    const claims = (await openClaims(em, warehouse, sku)).filter(
      ({ fulfillmentId }) => fulfillmentId === pick.fulfillmentId,
    );
    const held = claims.reduce((sum, claim) => sum + claim.quantity, 0);
    if (held < quantity) return { outcome: 'more_than_held', line, held };
    gone.push(...take(claims, quantity));
  }
  await giveUp(em, { warehouse, cause: `not on the shelf: ${reason}` }, gone);
  const moved = await move(em, warehouse, { ...pick, reason }, gone);
  await recordAudit(em, {
    actor: pick.actor,
    what: 'short_picked',
    orderId: fulfillment.orderId,
    subject: pick.fulfillmentId,
    detail: `${pick.lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')} in ${warehouse}: ${reason}`,
  });
  await giveToQueue(em, skus);
  return { outcome: 'booked', moved, lost: summed(gone) };
}

async function move(em: Em, warehouse: string, { reason, actor }: ShortPick, gone: readonly Taken[]) {
  const reference = `short-pick/${uuid()}`;
  const moved = gone.map(({ claim, quantity }) => ({
    sku: claim.sku,
    lotId: claim.lotId!,
    quantity: -quantity,
  }));
  await em.insertMany(
    StockMovementSchema,
    moved.map((part, index) => ({
      ...part,
      ...{ id: uuid(), warehouse, actor, reason: 'adjustment' as const, note: reason },
      reference: `${reference}/${index + 1}`,
    })),
  );
  return moved;
}
