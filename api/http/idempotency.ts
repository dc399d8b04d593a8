import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import type { Em } from '../../db/database.ts';
import { invalid, Problem } from '../problem.ts';
import type { Caller } from './authenticate.ts';
import type { Reply } from './route.ts';

/** The answer as it is kept; a sealed one is a text that only the caller's own key opens. */
export interface StoredReply {
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** One run under a key: `startedAt` tells it from one that took over after a crash. */
export interface Slot {
  key: string;
  startedAt: string;
  sealWith: string | null;
}

const sha256 = (...parts: readonly (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** null without the header. The same text means something else to another caller, or on another path. */
export function idempotencyKey(request: Request, caller: Caller): string | null {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(String(given)))
    throw invalid({
      field: 'Idempotency-Key',
      message: 'must be 1 to 255 printable ASCII characters without blanks',
    });
  return sha256(caller.id, request.method, request.path, String(given));
}

/** How long a run without an answer counts as running: longer than any request takes. */
const CRASHED_AFTER_SECONDS = 60;

/**
 * Takes the key for this run, in one statement, or returns the answer that its first run gave. Throws `Problem`
 * when that run still goes on, or had another body.
 */
export async function beginRun(
  em: Em,
  run: { key: string; body: unknown; sealWith: string | null },
): Promise<{ slot: Slot } | { replay: StoredReply }> {
  const bodyHash = sha256(JSON.stringify(run.body ?? null));
  const [begun] = await em.execute<{ startedAt: string }[]>(
    `insert into idempotency (key, body_hash) values (?, ?)
     on conflict (key) do update set started_at = now()
       where idempotency.status is null and idempotency.body_hash = excluded.body_hash
         and idempotency.started_at < now() - make_interval(secs => ?)
     returning started_at::text as "startedAt"`,
    [run.key, bodyHash, CRASHED_AFTER_SECONDS],
  );
  if (begun) return { slot: { key: run.key, startedAt: begun.startedAt, sealWith: run.sealWith } };
  const [first] = await em.execute<{ bodyHash: string; status: number | null; answer: unknown }[]>(
    'select body_hash as "bodyHash", status, answer from idempotency where key = ?',
    [run.key],
  );
  if (first && first.bodyHash !== bodyHash)
    throw new Problem('idempotency-mismatch', 'This Idempotency-Key came with another body before.');
  if (!first || first.status === null) throw stillRunning();
  return { replay: open(first.status, first.answer, run) };
}

const stillRunning = () =>
  new Problem('idempotency-running', 'The first request with this Idempotency-Key still runs; ask again.', {
    headers: { 'Retry-After': '1' },
  });

/** Keeps the answer. Inside the run's transaction, where it throws if another run took the key over. */
export async function finishRun(em: Em, slot: Slot, reply: StoredReply): Promise<void> {
  const answer = { body: reply.body, headers: reply.headers };
  const kept = slot.sealWith === null ? answer : { sealed: seal(JSON.stringify(answer), slot) };
  const finished = await em.execute(
    `update idempotency set status = ?, answer = ?, finished_at = now()
     where key = ? and started_at = ?::timestamptz returning key`,
    [reply.status, JSON.stringify(kept), slot.key, slot.startedAt],
  );
  if (finished.length === 0) throw stillRunning();
}

/** The run gave no answer worth repeating (our own failure): the key is free again. */
export async function abandonRun(em: Em, slot: Slot): Promise<void> {
  await em.execute(
    'delete from idempotency where key = ? and started_at = ?::timestamptz and status is null',
    [slot.key, slot.startedAt],
  );
}

export const toStored = (reply: Reply, status: number): StoredReply => ({
  status: reply.status ?? status,
  body: reply.body,
  ...(reply.headers && { headers: reply.headers }),
});

function open(status: number, answer: unknown, run: { key: string; sealWith: string | null }): StoredReply {
  const { sealed, ...plain } = answer as { sealed?: string } & Omit<StoredReply, 'status'>;
  const kept =
    sealed === undefined ? plain : (JSON.parse(unseal(sealed, run)) as Omit<StoredReply, 'status'>);
  return { ...kept, status };
}

type Sealer = { key: string; sealWith: string | null };
const sealingKey = ({ key, sealWith }: Sealer) =>
  Buffer.from(hkdfSync('sha256', sealWith ?? '', key, 'orderloom idempotency', 32));

function seal(text: string, sealer: Sealer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(sealer), nonce);
  const hidden = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64');
}

function unseal(sealed: string, sealer: Sealer): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(sealer), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
