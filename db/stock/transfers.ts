import { v7 as uuid } from 'uuid';
import { requireState, transferActions } from '../../domain/documents.ts';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import type { Transfer } from '../entities/inventory.ts';
import { arriveAs } from './arrive.ts';
import { lotsToTake } from './lots.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { type Lost, releaseFor } from './shrink.ts';

export interface TransferLineRequest {
  sku: string;
  quantity: number;
  /** The lot that it leaves; chosen when it is sent, first expired first, where it is left out. */
  lotId: string | null;
}

export interface NewTransfer {
  from: string;
  to: string;
  note: string | null;
  /** YYYY-MM-DD */
  expectedAt: string | null;
  lines: readonly TransferLineRequest[];
  actor: string;
}

/** A draft: nothing has moved. Warehouses, products and lots must exist. */
export async function createTransfer(em: Em, transfer: NewTransfer): Promise<{ id: string; number: string }> {
  const id = uuid();
  const [row] = await em.execute<{ number: string }[]>(
    `insert into transfer (id, number, from_warehouse, to_warehouse, note, expected_at, created_by)
     values (?, 'TR-' || nextval('transfer_number'), ?, ?, ?, ?, ?) returning number`,
    [id, transfer.from, transfer.to, transfer.note, transfer.expectedAt, transfer.actor],
  );
  await insertLines(em, id, transfer.lines);
  const detail = `${row!.number} from ${transfer.from} to ${transfer.to}`;
  await recordAudit(em, { actor: transfer.actor, what: 'transfer_drafted', subject: id, detail });
  return { id, number: row!.number };
}

async function insertLines(em: Em, id: string, lines: readonly TransferLineRequest[]): Promise<void> {
  await em.execute(
    `insert into transfer_line (transfer_id, position, sku, lot_id, quantity)
     select ?, l.position, l.sku, l."lotId", l.quantity
     from jsonb_to_recordset(?::jsonb) l (position int, sku text, "lotId" uuid, quantity int)`,
    [id, JSON.stringify(lines.map((line, index) => ({ ...line, position: index + 1 })))],
  );
}

export interface TransferRow {
  id: string;
  number: string;
  from: string;
  to: string;
  state: Transfer['state'];
}

interface Line {
  position: number;
  sku: string;
  lotId: string | null;
  quantity: number;
  received: number;
  lost: number;
}

/** Locked before any SKU. null where there is no such transfer. */
export async function lockTransfer(em: Em, id: string): Promise<TransferRow | null> {
  const [row] = await em.execute<TransferRow[]>(
    `select id, number, from_warehouse as "from", to_warehouse as "to", state from transfer where id = ?
     for no key update`,
    [id],
  );
  return row ?? null;
}

const readLines = (em: Em, id: string) =>
  em.execute<Line[]>(
    `select position, sku, lot_id as "lotId", quantity, received, lost from transfer_line
     where transfer_id = ? order by position`,
    [id],
  );

/** Less is there than is to be sent. Nothing was changed. */
export class TooFew extends Error {
  override readonly name = 'TooFew';
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/**
 * The goods leave: what is promised of them is released before. A line without a lot becomes one per lot that it is
 * taken from. Under `lockTransfer`. Throws `NotInState` and `TooFew`.
 */
export async function sendTransfer(em: Em, transfer: TransferRow, actor: string): Promise<Lost[]> {
  requireState(transfer.number, transfer.state, transferActions, 'send');
  const lines = await readLines(em, transfer.id);
  const skus = await lockQueue(
    em,
    lines.map(({ sku }) => sku),
  );
  const sent: TransferLineRequest[] = [];
  const lost: Lost[] = [];
  for (const line of lines) {
    const lots = await lotsToTake(
      em,
      { warehouse: transfer.from, sku: line.sku, lotId: line.lotId },
      line.quantity,
    );
    const there = lots.reduce((sum, { quantity }) => sum + quantity, 0);
    if (there < line.quantity)
      throw new TooFew(line.position, `${transfer.from} has only ${there} of ${line.sku} to send`);
    for (const { lotId, quantity } of lots) {
      const cause = `sent to ${transfer.to} by ${transfer.number}`;
      lost.push(
        ...(await releaseFor(em, { warehouse: transfer.from, sku: line.sku, lotId, quantity, cause })),
      );
      sent.push({ sku: line.sku, lotId, quantity });
      await move(
        em,
        { ...transfer, warehouse: transfer.from },
        sent.length,
        lotId,
        -quantity,
        'transfer_out',
        actor,
      );
    }
  }
  await em.execute('delete from transfer_line where transfer_id = ?', [transfer.id]);
  await insertLines(em, transfer.id, sent);
  await em.execute(`update transfer set state = 'in_transit', sent_at = now() where id = ?`, [transfer.id]);
  const detail = `${transfer.number}: ${sent.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')}`;
  await recordAudit(em, { actor, what: 'transfer_sent', subject: transfer.id, detail });
  await giveToQueue(em, skus);
  return lost;
}

/** More arrives than is on its way. Nothing was changed. */
export class TooMany extends TooFew {
  override readonly name = 'TooFew';
}

/**
 * Goods arrive, as a lot of the same number, expiry, age and cost, and off sale where they were (see `arriveAs`); those
 * who wait for them are served. Under `lockTransfer`. Throws `NotInState`, and `TooMany` for more than is on its way of
 * a position.
 */
export async function receiveTransfer(
  em: Em,
  transfer: TransferRow,
  arrived: readonly { position: number; quantity: number }[],
  actor: string,
): Promise<Lost[]> {
  requireState(transfer.number, transfer.state, transferActions, 'receive');
  const lost: Lost[] = [];
  const lines = await readLines(em, transfer.id);
  const skus = await lockQueue(
    em,
    lines.map(({ sku }) => sku),
  );
  for (const { position, quantity } of arrived) {
    const line = lines.find((one) => one.position === position);
    const onItsWay = line ? line.quantity - line.received - line.lost : 0;
    if (!line || quantity > onItsWay)
      throw new TooMany(position, `only ${onItsWay} of position ${position} are on their way`);
    line.received += quantity;
    const arrival = { lotId: line.lotId!, warehouse: transfer.to, by: transfer.number, actor };
    const as = await arriveAs(em, arrival);
    lost.push(...as.lost);
    const times = await em.execute(
      `select 1 from stock_movement where reference like ? and reason = 'transfer_in'`,
      [`transfer/${transfer.id}/${position}/%`],
    );
    const target = { ...transfer, warehouse: transfer.to };
    await move(em, target, `${position}/${times.length + 1}`, as.lotId, quantity, 'transfer_in', actor);
    await em.execute(
      'update transfer_line set received = received + ? where transfer_id = ? and position = ?',
      [quantity, transfer.id, position],
    );
  }
  const open = lines.some(({ quantity, received, lost }) => received + lost < quantity);
  if (!open) await em.execute(`update transfer set state = 'received' where id = ?`, [transfer.id]);
  const detail = `${transfer.number}: ${arrived.map(({ position, quantity }) => `${quantity} of position ${position}`).join(', ')}`;
  await recordAudit(em, { actor, what: 'transfer_received', subject: transfer.id, detail });
  await giveToQueue(em, skus);
  return lost;
}

/** What has not arrived is lost. Under `lockTransfer`. Throws `NotInState`. */
export async function closeTransfer(
  em: Em,
  transfer: TransferRow,
  by: { actor: string; reason: string },
): Promise<void> {
  requireState(transfer.number, transfer.state, transferActions, 'close');
  if (transfer.state !== 'draft')
    await em.execute('update transfer_line set lost = quantity - received where transfer_id = ?', [
      transfer.id,
    ]);
  await em.execute(`update transfer set state = 'closed', closed_at = now() where id = ?`, [transfer.id]);
  const detail = `${transfer.number}: ${by.reason}`;
  await recordAudit(em, { actor: by.actor, what: 'transfer_closed', subject: transfer.id, detail });
}

async function move(
  em: Em,
  at: { id: string; warehouse: string },
  part: number | string,
  lotId: string,
  quantity: number,
  reason: 'transfer_out' | 'transfer_in',
  actor: string,
): Promise<void> {
  await em.execute(
    `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
     select ?, ?, sku, id, ?, ?, ?, ? from lot where id = ?`,
    [uuid(), at.warehouse, quantity, reason, `transfer/${at.id}/${part}`, actor, lotId],
  );
}
