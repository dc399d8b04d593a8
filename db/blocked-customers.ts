import { createHmac, randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { OrderSnapshot } from '../domain/order.ts';
import { type BlockKind, blockKinds, type Trait, traitsOf } from '../domain/review/blocked.ts';
import { recordAudit } from './audit.ts';
import type { Em } from './database.ts';
import { type BlockedCustomer, BlockedCustomerSchema } from './entities/stores.ts';
import { places, type Secrets } from './secrets.ts';

export interface Block {
  trait: Trait;
  label: string;
  reason: string;
  actor: string;
}

/** Inside a transaction. The same customer again is the same block, `first` only the first time. */
export async function blockCustomer(
  em: Em,
  secrets: Secrets,
  { trait, label, reason, actor }: Block,
): Promise<{ block: BlockedCustomer; first: boolean }> {
  const mark = markOf(await ensureKey(em, secrets), trait);
  const id = uuid();
  const made = await em.execute(
    `insert into blocked_customer (id, kind, mark, label, reason, blocked_by) values (?, ?, ?, ?, ?, ?)
     on conflict (mark) do nothing returning 1`,
    [id, trait.kind, mark, label, reason, actor],
  );
  const first = made.length > 0;
  if (first) await recordAudit(em, { actor, what: 'customer_blocked', subject: id, detail: trait.kind });
  return { block: await em.findOneOrFail(BlockedCustomerSchema, { mark }), first };
}

/** False where there is no such block. */
export async function unblockCustomer(em: Em, id: string, actor: string): Promise<boolean> {
  const [gone] = await em.execute<{ kind: string }[]>(
    'delete from blocked_customer where id = ? returning kind',
    [id],
  );
  if (gone) await recordAudit(em, { actor, what: 'customer_unblocked', subject: id, detail: gone.kind });
  return gone !== undefined;
}

/** Makes the marks. It lies sealed in the database: the environment's own may be changed, and they can't be made anew. */
export type MarkKey = Buffer;

/** null: nobody was blocked yet. */
export async function readMarkKey(em: Em, secrets: Secrets): Promise<MarkKey | null> {
  const [row] = await em.execute<{ secret: string }[]>(`select secret from mark_key where id = ?`, [keyId]);
  return row ? Buffer.from(secrets.open<string>(row.secret, places.markKey(keyId)), 'base64') : null;
}

type Blocked = Pick<BlockedCustomer, 'id' | 'kind' | 'label' | 'reason' | 'blockedAt'>;

/** By what the order's customer is blocked. `customerKey`: the unkeyed hash by which emails were blocked formerly. */
export async function findBlocks(
  em: Em,
  key: MarkKey | null,
  snapshot: OrderSnapshot,
  customerKey: string | null,
): Promise<Blocked[]> {
  const marks = key === null ? [] : traitsOf(snapshot).map((trait) => markOf(key, trait));
  const wanted = [...marks, ...(customerKey === null ? [] : [customerKey])];
  if (wanted.length === 0) return [];
  const rows = await em.execute<(Omit<Blocked, 'blockedAt'> & { blockedAt: string })[]>(
    `select id, kind, label, reason, to_jsonb(blocked_at) #>> '{}' as "blockedAt" from blocked_customer
     where mark in (?) order by id`,
    [wanted],
  );
  return rows.map((row) => ({ ...row, blockedAt: new Date(row.blockedAt) }));
}

/** Each kind once, the most telling first. */
export const kindsOf = (blocks: readonly Pick<Blocked, 'kind'>[]): BlockKind[] =>
  blockKinds.filter((kind) => blocks.some((block) => block.kind === kind));

const markOf = (key: Buffer, { text }: Trait) => createHmac('sha256', key).update(text).digest('hex');

async function ensureKey(em: Em, secrets: Secrets): Promise<Buffer> {
  const known = await readMarkKey(em, secrets);
  if (known) return known;
  const secret = secrets.seal(randomBytes(32).toString('base64'), places.markKey(keyId));
  await em.execute('insert into mark_key (id, secret) values (?, ?) on conflict (id) do nothing', [
    keyId,
    secret,
  ]);
  return (await readMarkKey(em, secrets))!;
}

const keyId = 'blocked_customer';
