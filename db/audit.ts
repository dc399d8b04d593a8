import type { Em } from './database.ts';
import { writeBehind } from './transaction.ts';

export interface AuditEntry {
  /** `engine`, `store`, `carrier`, or the API key's name. */
  actor: string;
  what: string;
  orderId?: string;
  subject?: string;
  /** For people; no names, addresses or emails. */
  detail: string;
  /** Given by whatever may run twice: the second entry is dropped. */
  key?: string;
}

/** In the transaction of what it tells. */
export async function recordAudit(em: Em, entry: AuditEntry): Promise<void> {
  await writeBehind(
    em,
    `insert into audit (actor, what, order_id, subject, detail, key) values (?, ?, ?, ?, ?, ?)
     on conflict (key) do nothing`,
    [entry.actor, entry.what, entry.orderId ?? null, entry.subject ?? null, entry.detail, entry.key ?? null],
  );
}
