import type { Em } from '../database.ts';
import { ApiKeySchema, type Role } from '../entities/access.ts';

/** The key with this SHA-256, unless it was revoked. */
export async function findLiveKey(
  em: Em,
  hash: string,
): Promise<{ id: string; name: string; role: Role } | null> {
  const key = await em.findOne(ApiKeySchema, { hash, revokedAt: null }, { fields: ['id', 'name', 'role'] });
  return key && { id: key.id, name: key.name, role: key.role };
}

/** The ids of all admin keys in force, locked, so that two requests can't revoke the last two at once. */
export async function lockAdminKeys(em: Em): Promise<string[]> {
  const keys = await em.execute<{ id: string }[]>(
    `select id from api_key where role = 'admin' and revoked_at is null order by id for update`,
  );
  return keys.map(({ id }) => id);
}
