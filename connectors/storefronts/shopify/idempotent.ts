import type { z } from 'zod';
import { rowOfKeys } from '../../row-of-keys.ts';
import type { userErrors } from './graphql.ts';

interface Answer {
  userErrors: z.infer<typeof userErrors>;
}

/** Shopify says of a key that failed only that it did: https://shopify.dev/docs/api/usage/idempotent-requests */
export async function underNextKey<T extends Answer>(
  key: string,
  call: (key: string) => Promise<T>,
): Promise<T> {
  let answer: T | null = null;
  for (const each of rowOfKeys(key)) {
    answer = await call(each);
    if (!answer.userErrors.some(failedBefore)) break;
  }
  return answer!;
}

/** Not every mutation's errors have a code. */
const failedBefore = ({ code, message }: Answer['userErrors'][number]): boolean =>
  code === 'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED' ||
  /previous request with this idempotency key failed/i.test(message);
