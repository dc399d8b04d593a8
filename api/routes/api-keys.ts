import { v7 } from 'uuid';
import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { ApiKeySchema, roles } from '../../db/entities/access.ts';
import { lockAdminKeys } from '../../db/read/api-keys.ts';
import { hashKey, newKey } from '../http/authenticate.ts';
import { route, type Route } from '../http/route.ts';
import { notFound, Problem } from '../problem.ts';
import { idParams, text, wireTime } from '../schemas/common.ts';

const role = z.enum(roles);
const shown = {
  id: z.uuid(),
  name: z.string().meta({ description: 'The actor in timelines' }),
  role,
  createdAt: wireTime,
  revokedAt: wireTime.nullable(),
};

export function apiKeyRoutes(): Route[] {
  return [me(), create(), list(), revoke()];
}

function me(): Route {
  return route('GET /v1/me', {
    summary: 'Who this key is',
    tag: 'API keys',
    answer: {
      description: 'Name and role',
      schema: z.strictObject({ id: shown.id, name: shown.name, role }),
    },
    async handle({ caller: { id, name, role } }) {
      return { body: { id, name, role } };
    },
  });
}

function create(): Route {
  return route('POST /v1/api-keys', {
    summary: 'Make an API key',
    description: 'The key is shown in this answer alone: only its hash is kept.',
    tag: 'API keys',
    body: z.strictObject({ name: text(100), role }),
    answer: {
      status: 201,
      description: 'Made',
      schema: z
        .strictObject({ ...shown, key: z.string().meta({ example: 'olk_…' }) })
        .meta({ id: 'NewApiKey' }),
    },
    problems: ['conflict'],
    transaction: true,
    sealed: true,
    async handle({ body, caller, em }) {
      if (await em.findOne(ApiKeySchema, { name: body.name }))
        throw new Problem('conflict', `There is a key named ${JSON.stringify(body.name)} already.`);
      const key = newKey();
      const createdAt = new Date();
      const row = { id: v7(), ...body, createdAt, revokedAt: null };
      await em.insert(ApiKeySchema, { ...row, hash: hashKey(key) });
      await recordAudit(em, {
        actor: caller.name,
        what: 'api_key_made',
        subject: row.id,
        detail: `${body.name}: ${body.role}`,
      });
      return { body: { ...row, createdAt: createdAt.toISOString(), key } };
    },
  });
}

function list(): Route {
  return route('GET /v1/api-keys', {
    summary: 'All API keys, without the keys themselves',
    tag: 'API keys',
    answer: {
      description: 'Oldest first',
      schema: z.strictObject({
        items: z.array(z.strictObject(shown).meta({ id: 'ApiKey' })),
        nextCursor: z.null(),
      }),
    },
    async handle({ em }) {
      const keys = await em.find(ApiKeySchema, {}, { orderBy: { createdAt: 'asc' } });
      const items = keys.map(({ id, name, role, createdAt, revokedAt }) => ({
        id,
        name,
        role,
        createdAt: createdAt.toISOString(),
        revokedAt: revokedAt?.toISOString() ?? null,
      }));
      return { body: { items, nextCursor: null } };
    },
  });
}

function revoke(): Route {
  return route('DELETE /v1/api-keys/{id}', {
    summary: 'Revoke an API key',
    description: 'It is refused from the next request on. The last admin key can not be revoked.',
    tag: 'API keys',
    params: idParams,
    answer: { status: 204, description: 'Revoked, or was already', schema: null },
    problems: ['not-found', 'conflict'],
    transaction: true,
    async handle({ params, caller, em }) {
      const admins = await lockAdminKeys(em);
      const key = await em.findOne(ApiKeySchema, { id: params.id });
      if (!key) throw notFound('such API key');
      if (key.revokedAt) return { body: undefined };
      if (admins.length === 1 && admins[0] === key.id)
        throw new Problem('conflict', 'This is the last admin key: make another one first.');
      await em.nativeUpdate(ApiKeySchema, { id: key.id }, { revokedAt: new Date() });
      await recordAudit(em, {
        actor: caller.name,
        what: 'api_key_revoked',
        subject: key.id,
        detail: key.name,
      });
      return { body: undefined };
    },
  });
}
