import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { gid, orderMissing, userErrorFailure, userErrors } from './graphql.ts';
import type { Graphql } from './graphql.ts';
import * as queries from './queries.ts';

const cancellationData = z.object({ order: z.object({ cancelledAt: z.string().nullable() }).nullable() });
const cancelData = z.object({
  orderCancel: z.object({ job: z.object({ id: z.string() }).nullable(), orderCancelUserErrors: userErrors }),
});
const jobData = z.object({ job: z.object({ done: z.boolean() }).nullable() });

const reasons = ['customer', 'declined', 'fraud', 'inventory', 'staff'];

/** Without refund and without restock: both are ours. Shopify cancels in a job, which is waited for. */
export async function cancelOrder(
  graphql: Graphql,
  orderExternalId: string,
  reason: string,
  pollMs = 250,
): Promise<void> {
  const orderId = gid('Order', orderExternalId);
  if (await isCancelled(graphql, orderId)) return;
  const { orderCancel } = await graphql.mutate(
    queries.orderCancelMutation,
    {
      orderId,
      reason: reasons.includes(reason.toLowerCase()) ? reason.toUpperCase() : 'OTHER',
      staffNote: reason.slice(0, 255),
    },
    cancelData,
  );
  const { job, orderCancelUserErrors } = orderCancel;
  if (orderCancelUserErrors.length > 0) {
    if (await isCancelled(graphql, orderId)) return;
    throw userErrorFailure(orderCancelUserErrors);
  }
  for (let polls = 0; job && polls < 20; polls++) {
    const { job: state } = await graphql.query(queries.jobQuery, { id: job.id }, jobData);
    if (!state || state.done) break;
    await wait(pollMs);
  }
  if (await isCancelled(graphql, orderId)) return;
  throw new PartyFailure('The shop took the cancellation and has not carried it out yet.', {
    party: 'shopify',
    kind: 'retry',
    effect: 'unknown',
    code: 'cancellation-pending',
  });
}

async function isCancelled(graphql: Graphql, id: string): Promise<boolean> {
  const { order } = await graphql.query(queries.cancellationQuery, { id }, cancellationData);
  if (!order) throw orderMissing();
  return order.cancelledAt !== null;
}
