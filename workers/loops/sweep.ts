import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { recordAudit } from '../../db/audit.ts';
import type { Em } from '../../db/database.ts';
import { aftercareWorkflowId } from '../../domain/workflow-ids.ts';
import { deliverMail } from '../../workflows/client.ts';
import { endIfStuck } from './stuck.ts';

const BATCH = 100;
/** Asked of Temporal at the same time. */
const BESIDE = 10;

interface Stranded {
  id: string;
  workflowId: string;
  storeId: string;
  externalId: string;
  platform: string;
  /** Has not moved for a while, and does not say what it waits for. */
  quiet: boolean;
  ended: boolean;
}

/** Nothing is waited for, be it a parcel; or a person is, and there is nothing that they could answer. */
const quiet = `o.updated_at < now() - interval '3 minutes' and (
    o.conditions = '{}' and o.stage in ('received', 'reviewed', 'reserved', 'allocated', 'delivered')
      and not exists (select 1 from fulfillment f where f.order_id = o.id and f.stage in ('labelled', 'shipped'))
    or 'needs_attention' = any(o.conditions) and not exists (
      select 1 from attention a where a.order_id = o.id and a.subject is null and a.resolved_at is null))`;

/** After its end: a refund that was accepted and is not given yet. */
const owing = `o.ended_at is not null
  and exists (select 1 from order_change c where c.order_id = o.id and c.state = 'accepted')`;

const columns = `o.id, o.workflow_id as "workflowId", o.store_id as "storeId", o.external_id as "externalId", s.platform,
  ${quiet} as quiet, o.ended_at is not null as ended`;

/**
 * Finds orders whose row is open and whose workflow does not run (terminated by hand, or Temporal was restored from a
 * backup) or stands still, and those that owe money after their end, and begins them again: the database knows what was
 * decided and done, so they go on from there. Any number of processes may do it; a second start is the same workflow.
 */
export async function resumeStranded(deps: ActivityDeps, client: Client): Promise<number> {
  const em = deps.orm.em.fork();
  const resume = async (orders: readonly Stranded[]) => {
    let resumed = 0;
    for (let from = 0; from < orders.length; from += BESIDE) {
      const some = orders.slice(from, from + BESIDE);
      const found = await Promise.all(some.map(async (order) => resumeIfStranded(deps, client, order)));
      resumed += found.filter(Boolean).length;
    }
    return resumed;
  };
  let resumed = await resume(
    await em.execute<Stranded[]>(
      `select ${columns} from orders o join store s on s.id = o.store_id where ${owing} order by o.id limit ${BATCH}`,
    ),
  );
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    // One that was just captured has a workflow that is about to be known.
    const orders = await em.execute<Stranded[]>(
      `select ${columns} from orders o join store s on s.id = o.store_id
       where o.ended_at is null and o.id > ? and o.created_at < now() - interval '10 seconds'
       order by o.id limit ${BATCH}`,
      [after],
    );
    resumed += await resume(orders);
    if (orders.length < BATCH) return resumed;
    after = orders.at(-1)!.id;
  }
}

async function resumeIfStranded(deps: ActivityDeps, client: Client, order: Stranded): Promise<boolean> {
  const { id: orderId, storeId, externalId, platform } = order;
  const input = { orderId, storeId, externalId, platform };
  const em = deps.orm.em.fork();
  const { ended } = order;
  // One that says its last words cares for what is left itself.
  if (ended && (await runOf(client, order.workflowId)) === 'running') return false;
  const lastRun = await runOf(client, ended ? aftercareWorkflowId(order.workflowId) : order.workflowId);
  if (lastRun === 'running') {
    const sign = 'it did not move and said nothing of a wait';
    const still = () => isQuiet(em, orderId);
    if (!order.quiet || !(await endIfStuck(deps, client, input, { ended: false, sign, still }))) return false;
    await deliverMail(client, input, 'unknown');
    return true;
  }
  // Its last transaction may have ended it since.
  const open = await em.execute(
    `select 1 from orders o where o.id = ? and (o.ended_at is null or (${owing}))`,
    [orderId],
  );
  if (open.length === 0) return false;
  await deliverMail(client, input, ended ? 'ended' : 'unknown');
  await recordAudit(em, {
    actor: 'engine',
    what: 'resumed',
    orderId,
    detail: 'Its workflow did not run any more: it goes on from what the database knows',
    key: `resumed/${orderId}/${lastRun}`,
  });
  return true;
}

async function isQuiet(em: Em, orderId: string): Promise<boolean> {
  const rows = await em.execute(
    `select 1 from orders o where o.id = ? and o.ended_at is null and (${quiet})`,
    [orderId],
  );
  return rows.length > 0;
}

/** `running`, or what names the run that has ended; `none` where Temporal knows of no run. */
async function runOf(client: Client, workflowId: string): Promise<string> {
  try {
    const { status, runId } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' ? 'running' : runId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'none';
    throw error;
  }
}
