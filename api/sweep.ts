import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';

const EVERY_MS = 3_600_000;

/** Answers under an Idempotency-Key are kept for two days: longer than any client repeats. */
export async function forgetOldAnswers(orm: Database): Promise<void> {
  await orm.em.fork().execute(`delete from idempotency where started_at < now() - interval '2 days'`);
}

export function keepSweeping(orm: Database, log: Logger): { stop(): void } {
  const timer = setInterval(() => {
    forgetOldAnswers(orm).catch((error: unknown) =>
      log.error({ err: error }, 'old answers could not be forgotten'),
    );
  }, EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}
