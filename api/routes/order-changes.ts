import { z } from 'zod';
import { type ChangeKind, proposeChange, refuseChange } from '../../db/changes.ts';
import { personalInAddress, personalStrings, scrub } from '../../db/privacy.ts';
import { readOrderWorkflow } from '../../db/read/order.ts';
import type { Money } from '../../domain/money.ts';
import type { Address } from '../../domain/order.ts';
import type { OrderAction } from '../../workflows/contracts.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import { act, type ActionCall, ended, orderAnswer, orderActionTag, orderProblems } from '../orders/act.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { address, idParams, integer, moneyInput, reason, text } from '../schemas/common.ts';

/** What people here want of an order otherwise than its shop says. */
export function orderChangeRoutes(deps: ApiDeps): Route[] {
  return [changeAddress(deps), editLines(deps), refund(deps)];
}

const described = { tag: orderActionTag, params: idParams, answer: orderAnswer, problems: orderProblems };

function changeAddress(deps: ApiDeps): Route {
  return route('POST /v1/orders/{id}/change-address', {
    summary: 'Ship the order to another address',
    description:
      'What has not left is reviewed, reserved, allocated and labelled anew; labels are voided first. The shop shows the new address. It holds until the shop itself has another one.',
    ...described,
    body: z.strictObject({ reason, address }).meta({ id: 'ChangeAddress' }),
    handle: (call) => change(deps, call, 'address', 'change-address', { address: call.body.address }),
  });
}

function editLines(deps: ApiDeps): Route {
  return route('POST /v1/orders/{id}/edit-lines', {
    summary: 'Cancel a part of the order: ship less of some lines',
    description:
      'The rest is allocated and labelled anew, the shop is told, and what the dropped units cost is given back. More than was ordered is ordered in the shop.',
    ...described,
    body: z
      .strictObject({
        reason,
        lines: z
          .array(
            z.strictObject({
              externalId: text(100).meta({ description: 'The line, as the order shows it' }),
              quantity: integer(0, 1_000_000).meta({
                description: 'What is shipped of it in all, also what has left',
              }),
            }),
          )
          .min(1, 'must name at least one line')
          .max(500)
          .refine((lines) => new Set(lines.map(({ externalId }) => externalId)).size === lines.length, {
            message: 'must name each line once',
          }),
        refund: z.boolean().default(true).meta({ description: 'Whether their price is given back' }),
      })
      .meta({ id: 'EditLines' }),
    handle: (call) =>
      change(deps, call, 'lines', 'edit-lines', { lines: call.body.lines, refund: call.body.refund }),
  });
}

function refund(deps: ApiDeps): Route {
  return route('POST /v1/orders/{id}/refund', {
    summary: 'Give money back to the customer',
    description:
      'At any stage, also after the order has closed, and at most what was taken and not given back. By the shop where it took the money, else by the payment provider. It stops nothing that is under way.',
    ...described,
    body: z
      .strictObject({
        reason,
        amount: moneyInput.optional().meta({ description: 'Default: all that is left' }),
      })
      .meta({ id: 'RefundOrder' }),
    async handle(call) {
      const { amount } = call.body;
      const order = await readOrderWorkflow(call.em, call.params.id);
      if (!order) throw notFound('such order');
      return change(deps, call, 'refund', 'refund', {}, amount && minorOf(amount, order.currency));
    },
  });
}

function minorOf({ minor, currency }: Money, expected: string): number {
  if (currency !== expected)
    throw invalid({ field: 'amount.currency', message: `must be the order's, ${expected}` });
  if (minor === 0) throw invalid({ field: 'amount.amount', message: 'must be more than nothing' });
  return minor;
}

/** What it is about is kept in the database first: the workflow's history hears only its id. */
async function change(
  deps: ApiDeps,
  call: ActionCall,
  kind: ChangeKind,
  action: OrderAction,
  content: object,
  amount = 0,
) {
  const row = await readOrderWorkflow(call.em, call.params.id);
  if (!row) throw notFound('such order');
  if (row.ended && action !== 'refund') throw ended(row.stage);
  const { address: told } = content as { address?: Address };
  const said = scrub(call.body.reason, told ? personalInAddress(told) : []);
  const changeId = await proposeChange(deps.orm.em.fork(), {
    orderId: row.id,
    kind,
    requestKey: call.updateId,
    content,
    amount,
    actor: call.caller.name,
    reason: scrub(said, await personalStrings(deps.orm, row.id)),
  });
  try {
    return await act(deps, { ...call, body: { reason: said } }, action, { changeId });
  } catch (error) {
    if (error instanceof Problem && error.kind !== 'unavailable')
      await refuseChange(deps.orm.em.fork(), changeId);
    throw error;
  }
}
