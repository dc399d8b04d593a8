import { z } from 'zod';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { AttentionSchema } from '../../db/entities/messages.ts';
import type { Em } from '../../db/database.ts';
import { personalStrings, scrub } from '../../db/privacy.ts';
import { readFulfillmentOrder } from '../../db/read/fulfillments.ts';
import { readOrderWorkflow } from '../../db/read/order.ts';
import type { Action, OrderAction } from '../../workflows/contracts.ts';
import type { ApiDeps } from '../deps.ts';
import { type Call, route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams, integer, reason, text, time, uuid, warehouseCode } from '../schemas/common.ts';
import { order } from '../schemas/orders.ts';
import { showOrder } from './orders.ts';

/** What people do to an order: an Update to its workflow, which accepts or refuses it at once. */
export function orderActionRoutes(deps: ApiDeps): Route[] {
  return [
    retry(deps),
    plain(deps, 'cancel', 'Cancel the order, undoing what was done for it'),
    plain(deps, 'hold', 'Stop the order before its next step'),
    plain(deps, 'release', 'Let a held order go on'),
    plain(deps, 'approve', 'Let an order go on that the review holds'),
    reroute(deps),
    extend(deps),
    ship(deps),
  ];
}

const answer = { description: 'Accepted; the order as it is now', schema: order } as const;
const problems = ['not-found', 'not-possible', 'order-ended'] as const;
const tag = 'Acting on orders';

function plain(
  deps: ApiDeps,
  action: Exclude<OrderAction, 'retry' | 'reroute' | 'extend'>,
  summary: string,
): Route {
  return route(`POST /v1/orders/{id}/${action}`, {
    summary,
    tag,
    params: idParams,
    body: z.strictObject({ reason }).meta({ id: 'Action' }),
    answer,
    problems,
    handle: (call) => act(deps, call, action, {}),
  });
}

function retry(deps: ApiDeps): Route {
  return route('POST /v1/orders/{id}/retry', {
    summary: 'Run a parked step again',
    tag,
    params: idParams,
    body: z
      .strictObject({
        reason,
        attentionId: uuid.optional().meta({ description: 'Which one; needed where several are open' }),
      })
      .meta({ id: 'Retry' }),
    answer,
    problems,
    async handle(call) {
      const { attentionId } = call.body;
      if (attentionId !== undefined) await requireAttention(call.em, call.params.id, attentionId);
      return act(deps, call, 'retry', { attentionId });
    },
  });
}

async function requireAttention(em: Em, orderId: string, id: string): Promise<void> {
  if (!(await em.findOne(AttentionSchema, { id, orderId })))
    throw invalid({ field: 'attentionId', message: 'is no attention of this order' });
}

function reroute(deps: ApiDeps): Route {
  return route('POST /v1/orders/{id}/reroute', {
    summary: 'Ship a fulfillment from elsewhere',
    description:
      'After a short pick, damage, or when a warehouse closes. Its label is voided and the store told; only what it was to ship moves. Where no other warehouse has it, the order waits for stock. Not possible once it has left.',
    tag,
    params: idParams,
    body: z
      .strictObject({
        reason,
        fulfillmentId: uuid,
        excludeWarehouse: warehouseCode.optional().meta({
          description: 'Serves the order no more. Default: the warehouse that the fulfillment is in',
        }),
      })
      .meta({ id: 'Reroute' }),
    answer,
    problems,
    async handle(call) {
      const { fulfillmentId, excludeWarehouse } = call.body;
      const fulfillment = await readFulfillmentOrder(call.em, fulfillmentId);
      if (fulfillment?.orderId !== call.params.id)
        throw invalid({ field: 'fulfillmentId', message: 'is no fulfillment of this order' });
      if (excludeWarehouse !== undefined && !(await call.em.findOne(WarehouseSchema, excludeWarehouse)))
        throw invalid({ field: 'excludeWarehouse', message: 'is no warehouse' });
      return act(deps, call, 'reroute', { fulfillmentId, excludeWarehouse });
    },
  });
}

function extend(deps: ApiDeps): Route {
  return route('POST /v1/orders/{id}/extend', {
    summary: 'Let an order wait longer',
    description:
      'For its payment, for stock, or for a person: moves the deadline that it waits with, and the time until which its stock is kept.',
    tag,
    params: idParams,
    body: z
      .strictObject({ reason, hours: integer(1, 24 * 365).optional(), until: time.optional() })
      .refine(({ hours, until }) => (hours === undefined) !== (until === undefined), {
        message: 'Either hours (from now) or until is required',
        path: ['until'],
      })
      .meta({ id: 'Extend' }),
    answer,
    problems,
    async handle(call) {
      const { hours, until } = call.body;
      const end = until ?? new Date(deps.clock().getTime() + (hours ?? 0) * 3_600_000).toISOString();
      if (Date.parse(end) <= deps.clock().getTime())
        throw invalid({ field: 'until', message: 'must be in the future' });
      return act(deps, call, 'extend', { until: end });
    },
  });
}

function ship(deps: ApiDeps): Route {
  return route('POST /v1/fulfillments/{id}/ship', {
    summary: 'Say that a fulfillment was handed to its carrier',
    description: 'For carriers without scans, and for a hand-over before the first one.',
    tag,
    params: idParams,
    body: z
      .strictObject({ reason, trackingNumber: text(100).optional(), carrier: text(50).optional() })
      .meta({ id: 'Ship' }),
    answer,
    problems,
    async handle(call) {
      const fulfillment = await readFulfillmentOrder(call.em, call.params.id);
      if (!fulfillment) throw notFound('such fulfillment');
      const { trackingNumber, carrier } = call.body;
      const params = { id: fulfillment.orderId };
      return act(deps, { ...call, params }, 'ship', {
        fulfillmentId: call.params.id,
        trackingNumber,
        carrier,
      });
    },
  });
}

type ActionCall = Call<{ id: string }, unknown, Pick<Action, 'reason'>>;

async function act(deps: ApiDeps, call: ActionCall, update: OrderAction | 'ship', more: object) {
  const { caller, body, em, updateId } = call;
  const row = await readOrderWorkflow(em, call.params.id);
  if (!row) throw notFound('such order');
  if (row.ended) throw ended(row.stage);
  // It goes into the workflow's history, where no customer may be named.
  const said = scrub(body.reason, await personalStrings(deps.orm, row.id));
  const action = { actor: caller.name, reason: said, ...more };
  const result = await deps.engine.act(row.workflowId, update, action, updateId);
  if (result.outcome === 'refused') throw new Problem('not-possible', sentence(result.message), result);
  if (result.outcome === 'ended') {
    const now = await readOrderWorkflow(deps.orm.em.fork(), row.id);
    if (now?.ended) throw ended(now.stage);
    throw new Problem(
      'unavailable',
      "The order's workflow does not run now; its next mail from the store, or an operator in Temporal, starts it again.",
      {
        headers: { 'Retry-After': '30' },
      },
    );
  }
  return { body: await showOrder(deps, deps.orm.em.fork(), row.id, caller) };
}

const ended = (stage: string) => new Problem('order-ended', `The order is ${stage}.`, { possible: [] });
const sentence = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`);
