/** Escapes in JSON of what PostgreSQL has no place for: U+0000, and halves of surrogate pairs (or whole pairs). */
const suspicious = /\\u(?:0000|d[89a-f])/i;

/** The parsed JSON as it can be kept: U+0000 is left out, half of a surrogate pair becomes U+FFFD. */
export function keepable<T>(json: string, parsed: T): T {
  return suspicious.test(json) ? (cleaned(parsed) as T) : parsed;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed();
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleaned(inner)]));
}
