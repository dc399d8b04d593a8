import { z } from 'zod';
import { editPolicy } from '../../db/policy.ts';
import type { Em } from '../../db/database.ts';
import {
  type PolicyChangeRow,
  PolicyChangeSchema,
  type Store,
  StoreSchema,
} from '../../db/entities/stores.ts';
import { toWire } from '../../domain/money.ts';
import { policyOf, type StorePolicy } from '../../domain/policy.ts';
import { contradictions, isMoney, type SettingValue } from '../../domain/policy-change.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import { policyChange, policyEdit, policyToWire, policyView } from '../schemas/policy.ts';

/** What a store wants of the engine, and who changed it. */
export function policyRoutes(): Route[] {
  return [one(), edit(), history()];
}

const tag = 'Policies';

function one(): Route {
  return route('GET /v1/stores/{id}/policy', {
    summary: "Every setting of a store's policy",
    tag,
    params: idParams,
    answer: { description: 'As it counts now', schema: policyView },
    problems: ['not-found'],
    async handle({ params, em }) {
      return { body: viewOf(await findStore(em, params.id)) };
    },
  });
}

function edit(): Route {
  return route('PATCH /v1/stores/{id}/policy', {
    summary: 'Change settings',
    description:
      'What is given takes the place of what was there; everything else stays. A setting at its default follows the default from then on.',
    tag,
    params: idParams,
    body: policyEdit,
    answer: { description: 'As it is now', schema: policyView },
    problems: ['not-found', 'conflict'],
    transaction: true,
    async handle({ params, body, caller, em }) {
      const edited = await editPolicy(em, { storeId: params.id, actor: caller.name, ...body });
      if (!edited) throw notFound('such store');
      if (edited.outcome === 'stale')
        throw new Problem(
          'conflict',
          `Somebody changed it meanwhile: it is version ${edited.version}, not ${body.version}. Read it again.`,
        );
      if (edited.outcome === 'contradictory') throw contradictory(edited.errors);
      return { body: viewOf(edited.store) };
    },
  });
}

function history(): Route {
  return route('GET /v1/stores/{id}/policy/history', {
    summary: "Who changed which of a store's settings, from what to what, and why",
    tag,
    params: idParams,
    query: z.strictObject({ cursor: cursorOf(z.int().positive()), limit: pageQuery.limit }),
    answer: { description: 'Newest first', schema: pageOf(policyChange) },
    problems: ['not-found'],
    async handle({ params: { id: storeId }, query: { cursor, limit }, em }) {
      await findStore(em, storeId);
      const where = { storeId, ...(cursor !== undefined && { seq: { $lt: cursor } }) };
      const rows = await em.find(PolicyChangeSchema, where, { orderBy: { seq: 'desc' }, limit: limit + 1 });
      const page = { path: `/v1/stores/${storeId}/policy/history`, query: {}, limit };
      return toPage(rows, page, ({ seq }) => seq, changeToWire);
    },
  });
}

async function findStore(em: Em, id: string): Promise<Store> {
  const row = await em.findOne(StoreSchema, { id });
  if (!row) throw notFound('such store');
  return row;
}

function viewOf({ id, policyVersion, fulfillFrom, policy }: Store): z.input<typeof policyView> {
  return {
    store: id,
    version: policyVersion,
    fulfillFrom: fulfillFrom.toISOString(),
    policy: policyToWire({ ...policyOf(policy) }),
    own: policyToWire(policy),
  };
}

export function refuseContradictions(policy: StorePolicy, currency: string): void {
  const errors = contradictions(policy, currency);
  if (errors.length > 0) throw contradictory(errors);
}

const contradictory = (errors: ReturnType<typeof contradictions>) =>
  invalid(...errors.map(({ setting, says }) => ({ field: `policy.${setting}`, message: says })));

const valueToWire = (value: SettingValue) => (isMoney(value) ? toWire(value) : value);

function changeToWire({
  version,
  at,
  actor,
  reason,
  changes,
}: PolicyChangeRow): z.input<typeof policyChange> {
  return {
    ...{ version, at: at.toISOString(), actor, reason },
    changes: changes.map(({ setting, from, to }) => ({
      setting,
      from: valueToWire(from),
      to: valueToWire(to),
    })),
  };
}
