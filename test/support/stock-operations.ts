/** What may happen to stock, each as it happens in production: in transactions of its own, and refused where it must be. */
import { bury } from '../../activities/lifecycle.ts';
import { giveBack, giveUp, move } from '../../activities/reroute.ts';
import { reserve } from '../../activities/reserve.ts';
import { allocate, handOver, release } from '../../activities/stock.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { Refusal } from '../../activities/failure.ts';
import type { Em } from '../../db/database.ts';
import { StepUndone } from '../../db/steps.ts';
import { adjustStock, NotThere } from '../../db/stock/adjust.ts';
import { changeWarehouse } from '../../db/stock/change-warehouse.ts';
import * as counts from '../../db/stock/counts.ts';
import { expireLots } from '../../db/stock/lot-expiry.ts';
import { LotNotIn, quarantineLot, releaseLot } from '../../db/stock/lot-state.ts';
import { LotsExpired } from '../../db/stock/lots.ts';
import { recallBatch } from '../../db/stock/recall.ts';
import { receiveStock } from '../../db/stock/receive.ts';
import * as transfers from '../../db/stock/transfers.ts';
import { inTransaction } from '../../db/transaction.ts';
import { NotInState } from '../../domain/documents.ts';

export type OrderOperation =
  'reserve' | 'allocate' | 'label' | 'handOver' | 'cancel' | 'reroute' | 'giveBack';

export type StockOperation =
  | { kind: OrderOperation; orderId: string }
  | { kind: 'receive'; warehouse: string; sku: string; lot: string; quantity: number; expiresAt?: string }
  /** Of one lot, of whatever state; else of what is sellable. */
  | { kind: 'transfer'; from: string; to: string; sku: string; quantity: number; lot: string | null }
  | { kind: 'count'; warehouse: string; sku: string; found: number }
  | { kind: 'damage'; warehouse: string; sku: string; quantity: number }
  | { kind: 'quarantine' | 'releaseLot'; warehouse: string; sku: string; lot: string }
  | { kind: 'recall'; sku: string; lot: string }
  | { kind: 'open' | 'close'; warehouse: string }
  /** The last day of every lot before this moment is over. */
  | { kind: 'expire'; now: string };

const unitCost = { minor: 320, currency: 'EUR' };

/** False where it was refused, as it may be. Throws what never may happen: a deadlock, a broken constraint. */
export async function perform(deps: ActivityDeps, operation: StockOperation): Promise<boolean> {
  try {
    if ('orderId' in operation) await ofOrder(deps, operation.kind, operation.orderId);
    else await ofWarehouse(deps, operation);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

const refusals = [
  StepUndone,
  Refusal,
  NotThere,
  NotInState,
  LotNotIn,
  LotsExpired,
  transfers.TooFew,
  counts.LeftSince,
  counts.NoSuchLot,
];
const isRefusal = (error: unknown): boolean =>
  refusals.some((kind) => error instanceof kind) ||
  (error instanceof Error && /only what has its labels/.test(error.message));

async function ofOrder(deps: ActivityDeps, kind: OrderOperation, orderId: string): Promise<void> {
  const key = { orderId, generation: 1 };
  const em = deps.orm.em.fork();
  const fulfillments = () =>
    em.execute<{ id: string; warehouse: string }[]>(
      `select id, warehouse from fulfillment where order_id = ? and stage in ('allocated', 'labelled') order by id`,
      [orderId],
    );
  if (kind === 'reserve') await reserve(deps, key);
  if (kind === 'allocate') await allocate(deps, key);
  if (kind === 'label')
    await inTransaction(deps.orm, async (tx) => {
      await tx.execute('select 1 from orders where id = ? for no key update', [orderId]);
      await tx.execute(
        `update fulfillment set stage = 'labelled'
         where order_id = ? and stage = 'allocated' and given_up_at is null`,
        [orderId],
      );
    });
  if (kind === 'handOver')
    for (const { id } of await fulfillments())
      await handOver(deps, { orderId, fulfillmentId: id, actor: 'test', reason: 'left' });
  if (kind === 'cancel') {
    await bury(deps, { ...key, ending: 'cancel' });
    await release(deps, { ...key, keep: [], next: 'cancel' });
  }
  if (kind === 'giveBack') await giveBack(deps, { ...key, reason: 'too long' });
  if (kind === 'reroute')
    for (const { id, warehouse } of (await fulfillments()).slice(0, 1)) {
      const input = { ...key, fulfillmentId: id };
      if (await giveUp(deps, input))
        await move(deps, { ...input, exclude: [warehouse], actor: 'test', reason: 'damaged' });
    }
}

type OfWarehouse = Exclude<StockOperation, { orderId: string }>;

async function ofWarehouse(deps: ActivityDeps, operation: OfWarehouse): Promise<void> {
  const actor = 'test';
  switch (operation.kind) {
    case 'receive': {
      const { warehouse, ...line } = operation;
      await inTransaction(deps.orm, (em) =>
        receiveStock(em, { warehouse, actor, lines: [{ ...line, unitCost }] }),
      );
      return;
    }
    case 'transfer':
      return transfer(deps, operation);
    case 'count':
      return count(deps, operation);
    case 'damage': {
      const { warehouse, sku, quantity } = operation;
      const lines = [{ sku, quantity: -quantity }];
      await inTransaction(deps.orm, (em) =>
        adjustStock(em, { warehouse, reason: 'damage', note: 'fell', actor, lines }),
      );
      return;
    }
    case 'open':
    case 'close': {
      const active = operation.kind === 'open';
      await inTransaction(deps.orm, (em) => changeWarehouse(em, operation.warehouse, { active }));
      return;
    }
    case 'expire':
      await expireLots(deps.orm, new Date(operation.now), 1_000);
      return;
    case 'recall':
      await inTransaction(deps.orm, (em) => recallBatch(em, { ...operation, reason: 'glass', actor }));
      return;
    case 'quarantine':
    case 'releaseLot': {
      const { kind, warehouse, sku, lot } = operation;
      const change = kind === 'quarantine' ? quarantineLot : releaseLot;
      await inTransaction(deps.orm, async (em) => {
        const id = await lotId(em, warehouse, sku, lot);
        if (id) await change(em, { lotId: id, actor, reason: 'looked at' });
      });
    }
  }
}

async function lotId(em: Em, warehouse: string, sku: string, lot: string): Promise<string | null> {
  const [row] = await em.execute<{ id: string }[]>(
    'select id from lot where warehouse = ? and sku = ? and number = ?',
    [warehouse, sku, lot],
  );
  return row?.id ?? null;
}

async function transfer(
  deps: ActivityDeps,
  { from, to, sku, quantity, lot }: Extract<StockOperation, { kind: 'transfer' }>,
): Promise<void> {
  const actor = 'test';
  const draft = { from, to, note: null, expectedAt: null, actor };
  const named = lot && (await lotId(deps.orm.em.fork(), from, sku, lot));
  const { id } = await inTransaction(deps.orm, (em) =>
    transfers.createTransfer(em, { ...draft, lines: [{ sku, quantity, lotId: named }] }),
  );
  const locked = async <T>(
    work: (em: Parameters<typeof transfers.lockTransfer>[0], row: transfers.TransferRow) => Promise<T>,
  ) => inTransaction(deps.orm, async (em) => work(em, (await transfers.lockTransfer(em, id))!));
  await locked((em, row) => transfers.sendTransfer(em, row, actor));
  const lines = await deps.orm.em
    .fork()
    .execute<{ position: number; quantity: number }[]>(
      'select position, quantity from transfer_line where transfer_id = ? order by position',
      [id],
    );
  await locked((em, row) => transfers.receiveTransfer(em, row, lines.slice(0, 1), actor));
  await locked((em, row) => transfers.closeTransfer(em, row, { actor, reason: 'the rest is lost' }));
}

async function count(
  deps: ActivityDeps,
  { warehouse, sku, found }: Extract<StockOperation, { kind: 'count' }>,
): Promise<void> {
  const { id } = await inTransaction(deps.orm, (em) =>
    counts.openCount(em, { warehouse, skus: [sku], note: null, actor: 'opener' }),
  );
  const lines = await deps.orm.em.fork().execute<{ lot: string; onHand: number }[]>(
    `select lot.number as lot, lot.on_hand as "onHand" from cycle_count_line l join lot on lot.id = l.lot_id
       where l.count_id = ? order by l.position`,
    [id],
  );
  const locked = async (
    work: (em: Parameters<typeof counts.lockCount>[0], row: counts.CountRow) => Promise<unknown>,
  ) => inTransaction(deps.orm, async (em) => work(em, (await counts.lockCount(em, id))!));
  const counted = lines.map(({ lot, onHand }) => ({ sku, lot, counted: Math.max(0, onHand + found) }));
  await locked((em, row) => counts.putDownCounted(em, row, counted, 'counter'));
  await locked((em, row) => counts.submitCount(em, row, 'counter'));
  await locked((em, row) => counts.approveCount(em, row, { actor: 'approver', reason: 'counted twice' }));
}
