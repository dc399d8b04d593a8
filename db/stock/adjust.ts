import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { StockMovementSchema } from '../entities/stock.ts';
import { type LotRow, unclaimedFirst } from './lots.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { type Lost, releaseFor } from './shrink.ts';

export const adjustmentReasons = ['adjustment', 'damage', 'write_off'] as const;
export type AdjustmentReason = (typeof adjustmentReasons)[number];

export interface AdjustmentLine {
  sku: string;
  /** The supplier's batch. Left out: units go from sellable lots, unclaimed ones first, and come to the lot that is used first. */
  lot?: string;
  /** Signed. */
  quantity: number;
}

export interface Adjustment {
  warehouse: string;
  reason: AdjustmentReason;
  note: string;
  actor: string;
  lines: readonly AdjustmentLine[];
}

export interface Adjusted {
  id: string;
  moved: { sku: string; lot: string; quantity: number }[];
  /** What orders lost by it. */
  lost: Lost[];
}

/** There is no such lot, or less than is to be taken. Nothing was changed. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
  readonly line: number;
  readonly of: 'lot' | 'quantity';

  constructor(line: number, of: 'lot' | 'quantity', message: string) {
    super(message);
    this.line = line;
    this.of = of;
  }
}

/**
 * Books what a person found on the shelf, or no longer there: one movement per lot. What is promised beyond what stays
 * is released (see `releaseFor`), what is found goes to those who wait for it, all in the caller's transaction. The
 * warehouse and products must exist. Throws `NotThere`.
 */
export async function adjustStock(em: Em, adjustment: Adjustment): Promise<Adjusted> {
  const { warehouse, reason, note, actor, lines } = adjustment;
  const id = uuid();
  const skus = await lockQueue(
    em,
    lines.map(({ sku }) => sku),
  );
  const moved: Adjusted['moved'] = [];
  const lost: Lost[] = [];
  for (const [index, line] of lines.entries()) {
    for (const { lotId, lot, quantity } of await lotsFor(em, warehouse, line, index)) {
      if (quantity < 0)
        lost.push(
          ...(await releaseFor(em, {
            ...{ warehouse, lotId, sku: line.sku, quantity: -quantity },
            cause: `${words[reason]}: ${note}`,
          })),
        );
      moved.push({ sku: line.sku, lot, quantity });
      await em.insert(StockMovementSchema, {
        ...{ id: uuid(), warehouse, sku: line.sku, lotId, quantity, reason, note, actor },
        reference: `adjustment/${id}/${moved.length}`,
      });
    }
  }
  await recordAudit(em, {
    actor,
    what: 'stock_adjusted',
    subject: id,
    detail: `${warehouse}, ${words[reason]}: ${moved.map(({ sku, lot, quantity }) => `${quantity} × ${sku} (${lot})`).join(', ')}: ${note}`,
  });
  await giveToQueue(em, skus);
  return { id, moved, lost };
}

const words: Readonly<Record<AdjustmentReason, string>> = {
  adjustment: 'adjusted',
  damage: 'damaged',
  write_off: 'written off',
};

interface Part {
  lotId: string;
  lot: string;
  quantity: number;
}

/** Under `lockSkus`. */
async function lotsFor(em: Em, warehouse: string, line: AdjustmentLine, index: number): Promise<Part[]> {
  const lots = await em.execute<LotRow[]>(
    `select id as "lotId", number as lot, on_hand as "onHand", on_hand - claimed as free from lot
     where warehouse = ? and sku = ? and case when ?::text is null then state = 'sellable' else number = ? end
     order by expires_at nulls last, received_at, id`,
    [warehouse, line.sku, line.lot ?? null, line.lot ?? null],
  );
  if (line.quantity > 0) return [usedFirst(lots, warehouse, line, index)];
  const wanted = -line.quantity;
  const there = lots.reduce((sum, { onHand }) => sum + onHand, 0);
  if (line.lot !== undefined && lots.length === 0) throw noLot(warehouse, line, index);
  if (there < wanted)
    throw new NotThere(
      index,
      'quantity',
      line.lot === undefined
        ? `is more than the ${there} that are sellable in ${warehouse}: name the lot for units of any other`
        : `is more than the ${there} that lot ${line.lot} has in ${warehouse}`,
    );
  return unclaimedFirst(lots, wanted).map(({ quantity, ...lot }) => ({ ...lot, quantity: -quantity }));
}

/** What is found may be of any lot: of the first, none is kept for too long. */
function usedFirst(lots: readonly LotRow[], warehouse: string, line: AdjustmentLine, index: number): Part {
  const lot = lots.find(({ onHand }) => onHand > 0) ?? lots.at(-1);
  if (!lot) throw noLot(warehouse, line, index);
  return { lotId: lot.lotId, lot: lot.lot, quantity: line.quantity };
}

const noLot = (warehouse: string, { lot }: AdjustmentLine, index: number) =>
  new NotThere(
    index,
    'lot',
    lot === undefined
      ? `is needed: no lot is sellable in ${warehouse}; receive what is new (POST /v1/receipts)`
      : `is no lot in ${warehouse}: receive what is new (POST /v1/receipts)`,
  );
