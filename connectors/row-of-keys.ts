/** So often may a call that was refused be made anew. */
const MOST = 30;

/**
 * For parties that answer an idempotency key for a long time with the refusal that they gave it first: where an earlier
 * attempt was refused, the call is made under the next key. The row is the same for all attempts, so that two beside each
 * other stay one.
 */
export function* rowOfKeys(key: string): Generator<string, void> {
  yield key;
  for (let attempt = 2; attempt <= MOST; attempt++) yield `${key}/${attempt}`;
}
