import { z } from 'zod';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { AttentionSchema } from '../../db/entities/messages.ts';
import type { Em } from '../../db/database.ts';
import { readFulfillmentOrder } from '../../db/read/fulfillments.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import {
  act,
  orderActionTag as tag,
  orderAnswer as answer,
  orderProblems as problems,
} from '../orders/act.ts';
import { invalid, notFound } from '../problem.ts';
import { idParams, integer, reason, text, time, uuid, warehouseCode } from '../schemas/common.ts';

/** What people do to an order: an Update to its workflow, which accepts or refuses it at once. */
export function orderActionRoutes(deps: ApiDeps): Route[] {
  return [
    answerParked(deps, 'retry', 'Run a parked step again'),
    answerParked(deps, 'skip', 'Go on without a parked step, where that is possible'),
    plain(deps, 'cancel', 'Cancel the order, undoing what was done for it'),
    plain(deps, 'hold', 'Stop the order before its next step'),
    plain(deps, 'release', 'Let a held order go on'),
    plain(deps, 'approve', 'Let an order go on that the review holds'),
    reroute(deps),
    extend(deps),
    ship(deps),
  ];
}

function plain(deps: ApiDeps, action: 'cancel' | 'hold' | 'release' | 'approve', summary: string): Route {
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

function answerParked(deps: ApiDeps, action: 'retry' | 'skip', summary: string): Route {
  return route(`POST /v1/orders/{id}/${action}`, {
    summary,
    ...(action === 'skip' && {
      description:
        'A person does it by hand, or does without it: telling the shop, taking or giving back money, an amount that does not match. The timeline keeps who and why.',
    }),
    tag,
    params: idParams,
    body: z
      .strictObject({
        reason,
        attentionId: uuid.optional().meta({ description: 'Which one; needed where several are open' }),
      })
      .meta({ id: action === 'retry' ? 'Retry' : 'Skip' }),
    answer,
    problems,
    async handle(call) {
      const { attentionId } = call.body;
      if (attentionId !== undefined) await requireAttention(call.em, call.params.id, attentionId);
      return act(deps, call, action, { attentionId });
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
