import { createHash } from 'node:crypto';

/** Enough to recognize a customer by, not to read who it is. */
export function customerKey(email: string | null): string | null {
  return email ? createHash('sha256').update(email.trim().toLowerCase()).digest('hex') : null;
}
