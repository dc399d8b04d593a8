import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import type { ErrorAnswer, ErrorDetail } from '../../http.ts';

export const party = 'ups';

const fault = z.object({ code: z.coerce.string(), message: z.string().default('') });
/** The specification nests the errors in `response`; some answers carry them at the top. */
const answerSchema = z.union([
  z
    .object({ response: z.object({ errors: z.array(fault).min(1) }) })
    .transform((body) => body.response.errors),
  z.object({ errors: z.array(fault).min(1) }).transform((body) => body.errors),
]);

/**
 * Codes that UPS lists as transient whatever the status: rate limit, general process failure, void and label
 * recovery unavailable; and a token that was just issued and is not yet known everywhere.
 */
const transient = new Set(['10429', '20001', '190001', '300000', '250002']);

/** UPS' own code and words of an answer outside 2xx; null where the body is not UPS'. */
export function readUpsError(answer: ErrorAnswer): ErrorDetail | null {
  const parsed = answerSchema.safeParse(answer.json);
  if (!parsed.success) return null;
  const { code, message } = parsed.data[0]!;
  return {
    code,
    message: `UPS ${code}: ${message}`,
    ...(transient.has(code) ? { kind: 'retry' as const } : {}),
  };
}

/** What we refuse ourselves: nothing was done, and asking again would not help. */
export function refusal(code: string, message: string): PartyFailure {
  return new PartyFailure(message, { party, kind: 'refuse', effect: 'none', code });
}
