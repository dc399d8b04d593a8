import type { z } from 'zod';
import type { userErrors } from './graphql.ts';

interface Answer {
  userErrors: z.infer<typeof userErrors>;
}

/** Of a call that was refused, so often may it be made anew. */
const MOST = 30;

/**
 * Under a key of which an earlier attempt was refused Shopify answers only that
 * (https://shopify.dev/docs/api/usage/idempotent-requests): the call is made under the next key of a row that is the same
 * for all attempts, so that two beside each other stay one.
 */
export async function underNextKey<T extends Answer>(
  key: string,
  call: (key: string) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const answer = await call(attempt === 1 ? key : `${key}/${attempt}`);
    if (attempt === MOST || !answer.userErrors.some(failedBefore)) return answer;
  }
}

/** Not every mutation's errors have a code. */
const failedBefore = ({ code, message }: Answer['userErrors'][number]): boolean =>
  code === 'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED' ||
  /previous request with this idempotency key failed/i.test(message);
