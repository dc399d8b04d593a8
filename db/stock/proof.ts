import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Database, Em } from '../database.ts';
import { type Difference, PROOF_STEP, type ProofFacts, readProof } from '../read/proof.ts';
import { inTransaction } from '../transaction.ts';

/**
 * Proves that every number of stock is the sum of its rows. Each difference opens one case, however often it is
 * found; a case whose difference is gone is closed.
 */
export async function proveStock(orm: Database, actor: string): Promise<ProofFacts> {
  const proof = await readProof(orm);
  await inTransaction(orm, (em) => keepCases(em, proof, actor));
  return proof;
}

/**
 * The proof by the clock, where the last one is `seconds` old. Any number of processes may ask: one of them proves,
 * the others return at once.
 */
export async function proveStockWhenDue(orm: Database, seconds: number): Promise<ProofFacts | null> {
  return inTransaction(orm, async (em) => {
    const [row] = await em.execute<{ due: boolean }[]>(
      `select pg_try_advisory_xact_lock(hashtext('stock_proof/due')) and not exists (
         select 1 from stock_proof where at > now() - make_interval(secs => ?)) as due`,
      [seconds],
    );
    return row?.due ? proveStock(orm, 'engine') : null;
  });
}

/** One proof after the other. One whose snapshot is older than what is known already changes no case. */
async function keepCases(em: Em, proof: ProofFacts, actor: string): Promise<void> {
  await em.execute(`select pg_advisory_xact_lock(hashtext('stock_proof/cases'))`);
  const later = await em.execute('select 1 from stock_proof where at > ?::timestamptz', [proof.at]);
  if (later.length === 0) {
    for (const difference of proof.differences) await openCase(em, difference);
    await closeMended(em, proof.differences);
  }
  await em.execute('insert into stock_proof (id, at, actor, checked, differences) values (?, ?, ?, ?, ?)', [
    uuid(),
    proof.at,
    actor,
    JSON.stringify(proof.checked),
    proof.differences.length,
  ]);
}

async function openCase(em: Em, { reason, subject, sentence, mend }: Difference): Promise<void> {
  const id = uuid();
  const [row] = await em.execute<{ id: string }[]>(
    `insert into attention (id, subject, step, reason, sentence, actions) values (?, ?, ?, ?, ?, ?::text[])
     on conflict (subject, reason) where resolved_at is null and order_id is null
     do update set sentence = excluded.sentence returning id`,
    [id, subject, PROOF_STEP, reason, sentence, mend ? '{mend,resolve}' : '{resolve}'],
  );
  if (row?.id === id)
    await recordAudit(em, { actor: 'engine', what: 'stock_differs', subject, detail: sentence });
}

/** Closes the open cases that are not among these differences. */
async function closeMended(em: Em, still: readonly Difference[]): Promise<void> {
  await em.execute(
    `update attention a set resolved_at = now(), resolution = 'mended', resolved_by = 'engine'
     where a.step = ? and a.order_id is null and a.resolved_at is null and not exists (
       select 1 from jsonb_to_recordset(?::jsonb) still (subject text, reason text)
       where still.subject = a.subject and still.reason = a.reason)`,
    [PROOF_STEP, JSON.stringify(still.map(({ subject, reason }) => ({ subject, reason })))],
  );
}
