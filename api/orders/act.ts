import { personalStrings, scrub } from '../../db/privacy.ts';
import { type OrderToTell, readOrderWorkflow } from '../../db/read/order.ts';
import { aftercareWorkflowId } from '../../domain/workflow-ids.ts';
import type { ActionOutcome } from '../../workflows/client.ts';
import type { Action, OrderAction } from '../../workflows/contracts.ts';
import type { ApiDeps } from '../deps.ts';
import type { Call } from '../http/route.ts';
import { notFound, Problem } from '../problem.ts';
import { showOrder } from '../routes/orders.ts';
import { order } from '../schemas/orders.ts';

/** How a person's wish reaches an order's workflow, and what is answered. */

export const orderAnswer = { description: 'Accepted; the order as it is now', schema: order } as const;
export const orderProblems = ['not-found', 'not-possible', 'order-ended'] as const;
export const orderActionTag = 'Acting on orders';

export type ActionCall = Call<{ id: string }, unknown, Pick<Action, 'reason'>>;

/** Sends the Update and answers with the order, or says why not. */
export async function act(deps: ApiDeps, call: ActionCall, update: OrderAction | 'ship', more: object) {
  const { caller, body, em, updateId } = call;
  const row = await readOrderWorkflow(em, call.params.id);
  if (!row) throw notFound('such order');
  if (row.ended && !afterEnd.includes(update)) throw ended(row.stage);
  // It goes into the workflow's history, where no customer may be named.
  const said = scrub(body.reason, await personalStrings(deps.orm, row.id));
  const action = { actor: caller.name, reason: said, ...more };
  const result = row.ended
    ? await actAfterEnd(deps, row, update, action, updateId)
    : await deps.engine.act(row.workflowId, update, action, updateId);
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

/** What may be done to an order that has ended; only a refund begins its aftercare. */
const afterEnd: string[] = ['refund', 'retry', 'skip'];

async function actAfterEnd(
  deps: ApiDeps,
  row: OrderToTell,
  update: string,
  action: Action,
  updateId: string,
): Promise<ActionOutcome> {
  if (row.disposition === 'record')
    throw new Problem('not-possible', 'The order is only recorded: nothing of it is done here.', {
      possible: [],
    });
  const { id: orderId, storeId, externalId, platform } = row;
  if (update === 'refund')
    return deps.engine.actAfterEnd({ orderId, storeId, externalId, platform }, update, action, updateId);
  return deps.engine.act(aftercareWorkflowId(row.workflowId), update, action, updateId);
}

export const ended = (stage: string) =>
  new Problem('order-ended', `The order is ${stage}.`, { possible: [] });
const sentence = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`);
