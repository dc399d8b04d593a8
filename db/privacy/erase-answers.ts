import type { Em } from '../database.ts';
import { scrub } from '../privacy.ts';
import type { Erasing } from './erasing.ts';

/** Answers that are kept for a repeat under the same Idempotency-Key, where they show customers. */
export async function eraseAnswers(
  em: Em,
  { personal, unmistakable, createdAt, orderId }: Erasing,
): Promise<void> {
  const mentions = [orderId, ...unmistakable].map((text) => JSON.stringify(text).slice(1, -1).toLowerCase());
  const rows = await em.execute<{ key: string; answer: unknown }[]>(
    `select key, answer from idempotency
     where jsonb_path_exists(answer, '$.**.customer') and started_at >= ?::timestamptz and exists (
       select 1 from jsonb_array_elements_text(?::jsonb) mention where strpos(lower(answer::text), mention) > 0)`,
    [createdAt, JSON.stringify(mentions)],
  );
  for (const { key, answer } of rows)
    await em.execute('update idempotency set answer = ? where key = ?', [
      JSON.stringify(scrubDeep(answer, personal)),
      key,
    ]);
}

/** Names of fields stay, texts are scrubbed. */
function scrubDeep(value: unknown, personal: readonly string[]): unknown {
  if (typeof value === 'string') return scrub(value, personal);
  if (Array.isArray(value)) return value.map((one) => scrubDeep(one, personal));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, scrubDeep(inner, personal)]));
}
