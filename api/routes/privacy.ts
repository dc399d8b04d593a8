import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import type { Em } from '../../db/database.ts';
import { OrderSchema } from '../../db/entities/orders.ts';
import { StoreSchema } from '../../db/entities/stores.ts';
import { scrub } from '../../db/privacy.ts';
import { takeDataRequest } from '../../db/privacy/data-request.ts';
import { eraseOrder } from '../../db/privacy/erase.ts';
import { exportOrder } from '../../db/privacy/export.ts';
import { findOrders, type Whose } from '../../db/privacy/find-orders.ts';
import { NothingHeld, namesOf, requestErasure } from '../../db/privacy/request.ts';
import {
  type ErasureRow,
  listErasures,
  readErasable,
  readErasure,
  readWaiting,
  type WaitingOrder,
} from '../../db/read/erasures.ts';
import { type Condition, conditions, worst } from '../../domain/conditions.ts';
import type { OrderStage } from '../../domain/stages.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid, notFound, Problem } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import { erasure, erasureSummary, newErasure, newExport, privacyExport } from '../schemas/privacy.ts';

/** What customers may ask of whoever holds their data: to see it, and to have it erased. */
export function privacyRoutes(deps: ApiDeps): Route[] {
  return [erase(deps), list(), one(), exportAll(deps)];
}

const tag = 'Privacy';
/** Erased before the answer; the rest a moment later, by a worker. */
const AT_ONCE = 100;
const SHOWN = 100;

function erase(deps: ApiDeps): Route {
  return route('POST /v1/privacy/erasures', {
    summary: 'Erase who a customer is',
    description:
      'From every version of their orders, events, labels and texts. What was sold, shipped and paid stays, so books and stock still add up. Orders that have not ended are erased as soon as they have. The same wish again is the same erasure. What is erased can not be brought back.',
    tag,
    body: newErasure,
    answer: {
      description: 'Done',
      schema: erasure,
      also: { 202: 'Remembered: some orders have not ended, or are a worker’s turn' },
    },
    problems: ['not-found'],
    transaction: true,
    async handle({ body, caller, em }) {
      const whose = await whoseOf(em, body);
      const wish = { whose, actor: caller.name, reason: body.reason };
      const id = await requestErasure(em, deps.secrets, wish).catch(unknown);
      const afterCommit = async () => {
        for (const orderId of await readErasable(deps.orm.em.fork(), AT_ONCE, id))
          await eraseOrder(deps.orm, orderId);
        return showAccepted(deps.orm.em.fork(), id);
      };
      return { ...(await showAccepted(em, id)), afterCommit };
    },
  });
}

async function showAccepted(em: Em, id: string) {
  const body = await show(em, id);
  const headers = { Location: `/v1/privacy/erasures/${id}` };
  return { status: body.state === 'done' ? 200 : 202, body, headers };
}

function list(): Route {
  return route('GET /v1/privacy/erasures', {
    summary: 'All erasures',
    description: 'Without whom they were about.',
    tag,
    query: z.strictObject({ cursor: cursorOf(z.uuid()), limit: pageQuery.limit }),
    answer: { description: 'The newest first', schema: pageOf(erasureSummary) },
    async handle({ query: { cursor, limit }, em }) {
      const rows = await listErasures(em, { before: cursor, limit });
      const page = { path: '/v1/privacy/erasures', query: {}, limit };
      return toPage(rows, page, ({ id }) => id, toSummary);
    },
  });
}

function one(): Route {
  return route('GET /v1/privacy/erasures/{id}', {
    summary: 'How far an erasure is, and which orders it waits for',
    tag,
    params: idParams,
    answer: { description: 'Without whom it is about', schema: erasure },
    problems: ['not-found'],
    async handle({ params, em }) {
      return { body: await show(em, params.id) };
    },
  });
}

function exportAll(deps: ApiDeps): Route {
  return route('POST /v1/privacy/exports', {
    summary: 'Everything that is held about a customer',
    description:
      'To be sent to them, or to the merchant whose store asked for it. Is not kept under an Idempotency-Key: asked again, it is read again.',
    costly: true,
    tag,
    body: newExport,
    answer: { description: 'Of every order that names them', schema: privacyExport },
    problems: ['not-found'],
    transaction: true,
    unkept: true,
    async handle({ body, caller, em }) {
      const asked = body.dataRequest === undefined ? [] : await takeDataRequest(em, body.dataRequest);
      if (asked === null) throw invalid({ field: 'dataRequest', message: 'is no request of a store' });
      const whose = await whoseOf(em, body);
      const orderIds = [...new Set([...asked, ...(await findOrders(em, whose))])];
      if (orderIds.length === 0 && body.dataRequest === undefined) throw unheld(new NothingHeld());
      const orders = [];
      for (const orderId of orderIds) orders.push(await exportOrder(em, deps.secrets, orderId));
      await recordAudit(em, {
        actor: caller.name,
        what: 'customer_exported',
        ...(body.dataRequest !== undefined && { subject: body.dataRequest }),
        detail: `${orders.length} orders: ${scrub(body.reason, await namesOf(em, whose, orderIds))}`,
      });
      for (const orderId of orderIds)
        await recordAudit(em, {
          actor: caller.name,
          what: 'customer_exported',
          orderId,
          detail: 'Everything that is held about its customer was exported',
        });
      return { body: { at: deps.clock().toISOString(), orders } };
    },
  });
}

/** Throws a `validation` problem for a store or an order that is none. */
async function whoseOf(em: Em, body: z.output<typeof newErasure>): Promise<Whose> {
  const { store, email, phone, externalCustomerId, orderIds = [] } = body;
  if (store !== undefined && !(await em.findOne(StoreSchema, { id: store }, { fields: ['id'] })))
    throw invalid({ field: 'store', message: 'is no store' });
  const known = await em.find(
    OrderSchema,
    { id: { $in: orderIds }, ...(store !== undefined && { storeId: store }) },
    { fields: ['id'] },
  );
  const ids = new Set(known.map(({ id }) => id));
  const errors = orderIds.flatMap((id, index): FieldError[] =>
    ids.has(id)
      ? []
      : [{ field: `orderIds.${index}`, message: store ? 'is no order of this store' : 'is no order' }],
  );
  if (errors.length > 0) throw invalid(...errors);
  return { who: 'customer', person: { storeId: store, email, phone, externalCustomerId }, orderIds };
}

function unknown(error: unknown): never {
  throw error instanceof NothingHeld ? unheld(error) : error;
}

const unheld = ({ message }: NothingHeld) => new Problem('not-found', `${message}.`);

async function show(em: Em, id: string): Promise<z.input<typeof erasure>> {
  const row = await readErasure(em, id);
  if (!row) throw notFound('such erasure');
  return { ...toSummary(row), waiting: (await readWaiting(em, id, SHOWN)).map(toWaiting) };
}

function toSummary({ requestedAt, ...row }: ErasureRow) {
  return {
    ...row,
    state: row.erased < row.orders ? ('waiting' as const) : ('done' as const),
    requestedAt: new Date(requestedAt).toISOString(),
  };
}

function toWaiting({ id, number, stage, conditions: present }: WaitingOrder) {
  return {
    id,
    number,
    stage: stage as OrderStage,
    condition: worst(conditions.filter((each: Condition) => present.includes(each))),
    sentence: 'It needs its address until it has ended: wait, or cancel it. Then it is erased by itself.',
  };
}
