import { v7 } from 'uuid';
import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import type { Em } from '../../db/database.ts';
import { type Store, StoreSchema } from '../../db/entities/stores.ts';
import { recordPolicyChange } from '../../db/policy.ts';
import { defaultPolicy, policyOf } from '../../domain/policy.ts';
import { compareSettings, differencesOf } from '../../domain/policy-change.ts';
import { places } from '../../db/secrets.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { validateWithin } from '../http/validate.ts';
import { invalid, notFound } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import { refuseContradictions } from './policies.ts';
import { policyToWire } from '../schemas/policy.ts';
import { newStore, store, storeChange } from '../schemas/stores.ts';

export function storeRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(deps), one(deps), change(deps)];
}

function create(deps: ApiDeps): Route {
  return route('POST /v1/stores', {
    summary: 'Connect a store',
    tag: 'Stores',
    body: newStore,
    answer: { status: 201, description: 'Connected', schema: store },
    transaction: true,
    async handle({ body, caller, em }) {
      const now = deps.clock();
      const fulfillFrom = body.fulfillFrom ? new Date(body.fulfillFrom) : wholeSecond(now);
      const id = v7();
      const webhookSecrets = body.webhookSecret === undefined ? [] : [body.webhookSecret];
      const credentials = parseCredentials(deps, body.platform, body.credentials);
      const policy = policyOf(body.policy);
      refuseContradictions(policy, body.currency);
      const row = {
        id,
        name: body.name,
        platform: body.platform,
        url: body.url ?? '',
        currency: body.currency,
        webhookSecrets: deps.secrets.seal(webhookSecrets, places.storeWebhooks(id)),
        credentials: deps.secrets.seal(credentials, places.storeCredentials(id)),
        fulfillFrom,
        policy: differencesOf(policy),
        connectedAt: now,
        backfillWatermark: fulfillFrom < now ? fulfillFrom : now,
      };
      await em.insert(StoreSchema, row);
      const detail = `${row.name} (${row.platform})`;
      await recordAudit(em, { actor: caller.name, what: 'store_connected', subject: row.id, detail });
      await recordPolicyChange(em, {
        ...{ storeId: id, version: 1, actor: caller.name, reason: 'Connected' },
        changes: [
          ...compareSettings(defaultPolicy, policy),
          { setting: 'fulfillFrom', from: null, to: fulfillFrom.toISOString() },
        ],
      });
      const made = await em.findOneOrFail(StoreSchema, { id: row.id });
      return { body: toWire(deps, made), headers: { Location: `/v1/stores/${row.id}` } };
    },
  });
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/stores', {
    summary: 'All stores, with the state of their connections',
    tag: 'Stores',
    query: z.strictObject({ cursor: cursorOf(z.uuid()), limit: pageQuery.limit }),
    answer: { description: 'Oldest first', schema: pageOf(store) },
    async handle({ query, em }) {
      const after = query.cursor === undefined ? {} : { id: { $gt: query.cursor } };
      const rows = await em.find(StoreSchema, after, { orderBy: { id: 'asc' }, limit: query.limit + 1 });
      const page = { path: '/v1/stores', query: {}, limit: query.limit };
      return toPage(
        rows,
        page,
        ({ id }) => id,
        (row) => toWire(deps, row),
      );
    },
  });
}

function one(deps: ApiDeps): Route {
  return route('GET /v1/stores/{id}', {
    summary: 'One store',
    tag: 'Stores',
    params: idParams,
    answer: { description: 'Never with its secrets', schema: store },
    problems: ['not-found'],
    async handle({ params, em }) {
      return { body: toWire(deps, await find(em, params.id)) };
    },
  });
}

function change(deps: ApiDeps): Route {
  return route('PATCH /v1/stores/{id}', {
    summary: 'Change a store, or rotate its secrets',
    tag: 'Stores',
    params: idParams,
    body: storeChange,
    answer: { description: 'As it is now', schema: store },
    problems: ['not-found'],
    transaction: true,
    async handle({ params, body, caller, em }) {
      await em.execute('select 1 from store where id = ? for update', [params.id]);
      const row = await find(em, params.id);
      const { credentials, webhookSecret, ...plain } = body;
      if (webhookSecret !== undefined && row.platform === 'api')
        throw invalid({
          field: 'webhookSecret',
          message: 'is of no use: the platform api sends no webhooks',
        });
      em.assign(row, {
        ...plain,
        ...(credentials && {
          credentials: deps.secrets.seal(
            parseCredentials(deps, row.platform, credentials),
            places.storeCredentials(row.id),
          ),
        }),
        ...(webhookSecret !== undefined && { webhookSecrets: rotate(deps, row, webhookSecret) }),
      });
      await em.flush();
      const detail = `${row.name}: ${Object.keys(body).join(', ')}`;
      await recordAudit(em, { actor: caller.name, what: 'store_changed', subject: row.id, detail });
      return { body: toWire(deps, row) };
    },
  });
}

/** Shops write times to the second: an order placed right after the connection must not seem to be from before. */
const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** The newest first, and one before it: what was sent before the shop knew the new one still arrives. */
function rotate({ secrets }: ApiDeps, row: Store, next: string): string {
  const place = places.storeWebhooks(row.id);
  const former = secrets.open<string[]>(row.webhookSecrets, place);
  return secrets.seal([next, ...former.filter((secret) => secret !== next)].slice(0, 2), place);
}

function parseCredentials(deps: ApiDeps, platform: string, credentials: unknown): unknown {
  const storefront = deps.storefronts.find(platform);
  if (!storefront)
    throw invalid({
      field: 'platform',
      message: `is none of ${deps.storefronts.all.map(({ platform }) => platform).join(', ')}`,
    });
  return validateWithin('credentials', storefront.credentials, credentials);
}

async function find(em: Em, id: string): Promise<Store> {
  const row = await em.findOne(StoreSchema, { id });
  if (!row) throw notFound('such store');
  return row;
}

function toWire(deps: ApiDeps, row: Store): z.input<typeof store> {
  const hasWebhooks = Boolean(deps.storefronts.find(row.platform)?.webhooks);
  return {
    id: row.id,
    name: row.name,
    platform: row.platform,
    url: row.url,
    currency: row.currency,
    fulfillFrom: row.fulfillFrom.toISOString(),
    connectedAt: row.connectedAt.toISOString(),
    webhookPath: hasWebhooks ? `/webhooks/${row.platform}/${row.id}` : null,
    policy: policyToWire(row.policy),
    backfill: {
      readUpTo: row.backfillWatermark.toISOString(),
      succeededAt: row.backfillSucceededAt?.toISOString() ?? null,
      error: row.backfillError ?? null,
    },
    stockPush: { succeededAt: row.stockPushedAt?.toISOString() ?? null, error: row.stockPushError ?? null },
  };
}
