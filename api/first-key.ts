import { v7 } from 'uuid';
import type { Database } from '../db/database.ts';
import { hashKey } from './http/authenticate.ts';

/**
 * The key of the environment becomes the admin key named `admin`. Another key there takes its place; the same one
 * that was revoked stays revoked.
 */
export async function ensureAdminKey(orm: Database, key: string): Promise<void> {
  await orm.em.fork().execute(
    `insert into api_key (id, name, role, hash) values (?, 'admin', 'admin', ?)
     on conflict (name) do update set hash = excluded.hash, role = 'admin', revoked_at = null
     where api_key.hash <> excluded.hash`,
    [v7(), hashKey(key)],
  );
}
