import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { connectCarrier } from '../../activities/connect-carrier.ts';
import { actOnOrder } from '../../workflows/client.ts';

const BATCH = 100;

interface Lost {
  attentionId: string;
  workflowId: string;
  /** What may have been sold, each as the carrier knows it. */
  purchases: { accountId: string; key: string; sentAt: string }[];
}

/**
 * An order is parked because a carrier could not tell whether it sold a label. It is asked again and again; once it can
 * tell, the step is begun anew, which finds the label, or buys it. Nobody buys anything here. Any number of processes may
 * do it: the second answer to one attention is refused.
 */
export async function askForLostLabels(deps: ActivityDeps, client: Client): Promise<number> {
  const lost = await deps.orm.em.fork().execute<Lost[]>(
    `select a.id as "attentionId", o.workflow_id as "workflowId",
            jsonb_agg(jsonb_build_object('accountId', p.carrier_account_id, 'key', p.key, 'sentAt', p.sent_at)) as purchases
     from attention a join orders o on o.id = a.order_id
     join parcel c on c.fulfillment_id = a.fulfillment_id
     join label_purchase p on p.parcel_id = c.id and p.state = 'intended' and p.sent_at is not null
     where a.resolved_at is null and a.reason in ('label_outcome_unknown', 'carrier_unavailable') and o.ended_at is null
     group by a.id, o.workflow_id order by a.id limit ${BATCH}`,
  );
  let answered = 0;
  for (const one of lost) if (await resolve(deps, client, one)) answered += 1;
  return answered;
}

async function resolve(
  deps: ActivityDeps,
  client: Client,
  { attentionId, workflowId, purchases }: Lost,
): Promise<boolean> {
  try {
    for (const { accountId, key, sentAt } of purchases) {
      const carrier = await connectCarrier(deps, deps.orm.em.fork(), accountId);
      const { found } = await carrier.client.findLabel(key, sentAt);
      if (found === 'cannot-tell') return false;
    }
    const reason = 'The carrier can tell now whether it sold the label';
    const { outcome } = await actOnOrder(
      client,
      workflowId,
      'retry',
      { actor: 'engine', reason, attentionId },
      `lost-label/${attentionId}`,
    );
    return outcome === 'accepted';
  } catch (error) {
    // It is asked again with the next round; one that does not answer holds up no other.
    deps.log.warn(
      { attentionId, reason: error instanceof Error ? error.name : 'unknown' },
      'label not found out',
    );
    return false;
  }
}
