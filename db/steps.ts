import type { Em } from './database.ts';
import { lockOrder } from './locks.ts';
import { writeBehind } from './transaction.ts';

/** A deciding step's name within one generation of one order. */
export interface StepKey {
  orderId: string;
  step: string;
  generation: number;
}

/** The step was undone (its order was cancelled or begun anew) before this late attempt could commit. */
export class StepUndone extends Error {
  override readonly name = 'StepUndone';

  /** What its generation was ended for; null where only a part of it was. */
  readonly ending: Ending | null;

  constructor(key: StepKey, ending: Ending | null = null) {
    super(`${key.step} of generation ${key.generation} was undone: nothing may be done under it any more`);
    this.ending = ending;
  }
}

/**
 * The decision that an earlier attempt stored, or undefined. Under `lockOrder`, so that nobody decides beside
 * us. Throws `StepUndone` when the generation has its tombstone.
 */
export async function decisionOf<T>(em: Em, key: StepKey): Promise<T | undefined> {
  const rows = await em.execute<{ step: string; decision: T; undone: boolean }[]>(
    `select step, decision, undone_at is not null as undone from step_decision
     where order_id = ? and generation = ? and step in (?, '*')`,
    [key.orderId, key.generation, key.step],
  );
  const tombstone = rows.find((row) => row.undone);
  if (tombstone) throw new StepUndone(key, (tombstone.decision as { ending?: Ending }).ending ?? null);
  return rows.find((row) => row.step === key.step)?.decision;
}

/** The same with the order's lock, in one round trip: the decision is looked for once the lock is held. */
export async function decisionUnderLock<T>(em: Em, key: StepKey): Promise<T | undefined> {
  const [, earlier] = await Promise.all([lockOrder(em, key.orderId), decisionOf<T>(em, key)]);
  return earlier;
}

/** Stores the decision in the transaction of its effect. */
export async function recordDecision(em: Em, key: StepKey, decision: unknown): Promise<void> {
  await writeBehind(
    em,
    'insert into step_decision (order_id, step, generation, decision) values (?, ?, ?, ?)',
    [key.orderId, key.step, key.generation, JSON.stringify(decision)],
  );
}

/** What a generation is ended for: to begin anew, or for good. */
export type Ending = 'redo' | 'cancel';

/**
 * The tombstone of a whole generation: from now on no step of it can commit. It says what for, so that an undo
 * that is broken off is taken up as what it was; a cancel stays one.
 */
export async function buryGeneration(
  em: Em,
  orderId: string,
  generation: number,
  ending: Ending,
): Promise<void> {
  await em.execute(
    `insert into step_decision (order_id, step, generation, decision, undone_at) values (?, '*', ?, ?, now())
     on conflict (order_id, step, generation) do update set decision = excluded.decision
       where step_decision.decision ->> 'ending' = 'redo'`,
    [orderId, generation, JSON.stringify({ ending })],
  );
}
