import { v7 as uuid } from 'uuid';
import { countActions, requireState } from '../../domain/documents.ts';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import type { CycleCount } from '../entities/inventory.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { type Lost, releaseFor } from './shrink.ts';

/**
 * Opens a count of every lot that a warehouse has, or of those of some SKUs. Who counts is not told what is expected.
 * Lots that have nothing are not in it. The warehouse and products must exist.
 */
export async function openCount(
  em: Em,
  count: { warehouse: string; skus: readonly string[] | null; note: string | null; actor: string },
): Promise<{ id: string; lines: number }> {
  const id = uuid();
  await em.execute('insert into cycle_count (id, warehouse, note, opened_by) values (?, ?, ?, ?)', [
    id,
    count.warehouse,
    count.note,
    count.actor,
  ]);
  const lines = await em.execute(
    `insert into cycle_count_line (count_id, position, sku, lot_id)
     select ?, row_number() over (order by sku, number), sku, id from lot
     where warehouse = ? and on_hand > 0
       and (?::jsonb is null or sku in (select jsonb_array_elements_text(?::jsonb)))
     returning position`,
    [id, count.warehouse, count.skus && JSON.stringify(count.skus), count.skus && JSON.stringify(count.skus)],
  );
  const detail = `${count.warehouse}: ${lines.length} lots`;
  await recordAudit(em, { actor: count.actor, what: 'count_opened', subject: id, detail });
  return { id, lines: lines.length };
}

export interface CountRow {
  id: string;
  warehouse: string;
  state: CycleCount['state'];
}

/** Locked before any SKU. null where there is no such count. */
export async function lockCount(em: Em, id: string): Promise<CountRow | null> {
  const [row] = await em.execute<CountRow[]>(
    'select id, warehouse, state from cycle_count where id = ? for no key update',
    [id],
  );
  return row ?? null;
}

const nameOf = ({ warehouse }: CountRow) => `The count in ${warehouse}`;

/** A lot that this warehouse never had. Nothing was changed. */
export class NoSuchLot extends Error {
  override readonly name = 'NoSuchLot';
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

export interface Counted {
  sku: string;
  /** The lot's number. */
  lot: string;
  counted: number;
}

/**
 * What somebody counted, with what the books had at that moment: what moves later is no difference of the count.
 * Counted again, the last one holds. A lot that the count did not expect joins it. Under `lockCount`. Throws
 * `NotInState` and `NoSuchLot`.
 */
export async function putDownCounted(
  em: Em,
  count: CountRow,
  lines: readonly Counted[],
  actor: string,
): Promise<void> {
  requireState(nameOf(count), count.state, countActions, 'count');
  await lockQueue(
    em,
    lines.map(({ sku }) => sku),
  );
  for (const [index, { sku, lot, counted }] of lines.entries()) {
    const done = await em.execute(
      `insert into cycle_count_line (count_id, position, sku, lot_id, counted, expected, counted_by, counted_at)
       select ?, (select coalesce(max(position), 0) + 1 from cycle_count_line where count_id = ?), l.sku, l.id, ?,
              l.on_hand, ?, now()
       from lot l where l.warehouse = ? and l.sku = ? and l.number = ?
       on conflict (count_id, lot_id) do update set counted = excluded.counted, expected = excluded.expected,
         counted_by = excluded.counted_by, counted_at = excluded.counted_at
       returning position`,
      [count.id, count.id, counted, actor, count.warehouse, sku, lot],
    );
    if (done.length === 0)
      throw new NoSuchLot(
        index,
        `is no lot of ${sku} in ${count.warehouse}: receive or adjust what nobody knew of`,
      );
  }
  const words = lines.map(({ sku, lot, counted }) => `${counted} × ${sku}, lot ${lot}`);
  const detail = `${count.warehouse}: ${words.join('; ')}`;
  await recordAudit(em, { actor, what: 'count_counted', subject: count.id, detail });
}

/** Every line must have been counted. Under `lockCount`. Throws `NotInState`; answers how many are not counted. */
export async function submitCount(em: Em, count: CountRow, actor: string): Promise<{ uncounted: number }> {
  requireState(nameOf(count), count.state, countActions, 'submit');
  const [row] = await em.execute<{ uncounted: number }[]>(
    'select count(*)::int as uncounted from cycle_count_line where count_id = ? and counted is null',
    [count.id],
  );
  if (row!.uncounted > 0) return row!;
  await em.execute(`update cycle_count set state = 'review' where id = ?`, [count.id]);
  await recordAudit(em, { actor, what: 'count_submitted', subject: count.id, detail: count.warehouse });
  return { uncounted: 0 };
}

/** These positions (all where left out) are to be counted once more. Under `lockCount`. Throws `NotInState`. */
export async function recount(
  em: Em,
  count: CountRow,
  by: { positions: readonly number[] | null; actor: string; reason: string },
): Promise<void> {
  requireState(nameOf(count), count.state, countActions, 'recount');
  await em.execute(
    `update cycle_count_line set counted = null, expected = null, counted_by = null, counted_at = null
     where count_id = ? and (?::jsonb is null or to_jsonb(position) <@ ?::jsonb)`,
    [count.id, by.positions && JSON.stringify(by.positions), by.positions && JSON.stringify(by.positions)],
  );
  await em.execute(`update cycle_count set state = 'open' where id = ?`, [count.id]);
  await recordAudit(em, { actor: by.actor, what: 'count_again', subject: count.id, detail: by.reason });
}

export async function cancelCount(
  em: Em,
  count: CountRow,
  by: { actor: string; reason: string },
): Promise<void> {
  requireState(nameOf(count), count.state, countActions, 'cancel');
  await close(em, count, 'cancelled', by.actor);
  await recordAudit(em, { actor: by.actor, what: 'count_cancelled', subject: count.id, detail: by.reason });
}

/** Who approves is one of those who counted. Nothing was changed. */
export class OwnCount extends Error {
  override readonly name = 'OwnCount';
}

/** What was found missing has left since, some other way. Nothing was changed. */
export class LeftSince extends Error {
  override readonly name = 'LeftSince';
}

interface Variance {
  position: number;
  sku: string;
  lotId: string;
  lot: string;
  variance: number;
  onHand: number;
}

/**
 * Books the differences, by somebody who did not count: on top of what has moved since. What is promised beyond what
 * stays is released, what is found goes to those who wait. Under `lockCount`. Throws `NotInState`, `OwnCount` and
 * `LeftSince`.
 */
export async function approveCount(
  em: Em,
  count: CountRow,
  by: { actor: string; reason: string },
): Promise<{ lost: Lost[] }> {
  requireState(nameOf(count), count.state, countActions, 'approve');
  const own = await em.execute('select 1 from cycle_count_line where count_id = ? and counted_by = ?', [
    count.id,
    by.actor,
  ]);
  if (own.length > 0) throw new OwnCount('Who counted does not approve: somebody else must');
  const counted = await em.execute<{ sku: string }[]>(
    'select distinct sku from cycle_count_line where count_id = ? and counted <> expected',
    [count.id],
  );
  const skus = await lockQueue(
    em,
    counted.map(({ sku }) => sku),
  );
  const variances = await em.execute<Variance[]>(
    `select c.position, c.sku, c.lot_id as "lotId", l.number as lot, c.counted - c.expected as variance,
            l.on_hand as "onHand"
     from cycle_count_line c join lot l on l.id = c.lot_id
     where c.count_id = ? and c.counted <> c.expected order by c.position`,
    [count.id],
  );
  const lost: Lost[] = [];
  for (const { position, sku, lotId, lot, variance, onHand } of variances) {
    if (onHand + variance < 0)
      throw new LeftSince(
        `Lot ${lot} of ${sku} was counted ${-variance} short and has only ${onHand} left since: count it again`,
      );
    if (variance < 0)
      lost.push(
        ...(await releaseFor(em, {
          ...{ warehouse: count.warehouse, sku, lotId, quantity: -variance },
          cause: 'counted',
        })),
      );
    await em.execute(
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, note, actor)
       values (?, ?, ?, ?, ?, 'count', ?, ?, ?)`,
      [uuid(), count.warehouse, sku, lotId, variance, `count/${count.id}/${position}`, by.reason, by.actor],
    );
  }
  await close(em, count, 'approved', by.actor);
  const detail = `${count.warehouse}: ${variances.length} differences. ${by.reason}`;
  await recordAudit(em, { actor: by.actor, what: 'count_approved', subject: count.id, detail });
  await giveToQueue(em, skus);
  return { lost };
}

async function close(em: Em, count: CountRow, state: 'approved' | 'cancelled', actor: string): Promise<void> {
  await em.execute('update cycle_count set state = ?, closed_by = ?, closed_at = now() where id = ?', [
    state,
    actor,
    count.id,
  ]);
}
