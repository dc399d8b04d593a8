import { v7 as uuid } from 'uuid';
import type { TrackingScan } from '../connectors/carriers/carrier.ts';
import { PartyFailure } from '../connectors/failure.ts';
import type { Em } from '../db/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { progress, type ScanFact, stageReached } from '../domain/tracking.ts';
import type { ActivityDeps } from './deps.ts';
import { connectCarrier } from './connect-carrier.ts';
import { Refusal } from './failure.ts';

interface Tracked {
  labelId: string;
  accountId: string;
  trackingNumber: string;
}

const BATCH = 50;

/**
 * Asks carriers about parcels whose turn it is, of accounts beside each other, so that a carrier which does not answer
 * keeps no other waiting. Safe beside itself: each parcel is taken by one caller. How many were asked about.
 */
export async function pollTracking(deps: ActivityDeps, intervalSeconds: number): Promise<number> {
  const due = await deps.orm.em.fork().execute<Tracked[]>(
    `update label set tracking_due_at = now() + make_interval(secs => ?)
     from label_purchase p where p.id = label.purchase_id and label.id in (
       select id from label where tracking_due_at <= now() and voided_at is null
       order by tracking_due_at limit ${BATCH} for update skip locked)
     returning label.id as "labelId", p.carrier_account_id as "accountId", label.tracking_number as "trackingNumber"`,
    [intervalSeconds],
  );
  const ofAccount = Map.groupBy(due, ({ accountId }) => accountId);
  const asked = await Promise.all([...ofAccount.values()].map((parcels) => pollAccount(deps, parcels)));
  return asked.reduce((sum, count) => sum + count, 0);
}

/** Until the carrier is away: the rest keeps its turn, and goes before the parcel that was asked about. How many were. */
async function pollAccount(deps: ActivityDeps, parcels: readonly Tracked[]): Promise<number> {
  const em = deps.orm.em.fork();
  for (const [n, parcel] of parcels.entries()) {
    if (await pollOne(deps, em, parcel)) continue;
    const rest = parcels.slice(n + 1).map(({ labelId }) => labelId);
    if (rest.length > 0)
      await em.execute(
        'update label set tracking_due_at = now() where id in (?) and tracking_due_at is not null',
        [rest],
      );
    return n + 1;
  }
  return parcels.length;
}

/** False: the carrier is away. Why a parcel was not read is shown with it until it is. */
async function pollOne(
  deps: ActivityDeps,
  em: Em,
  { accountId, labelId, trackingNumber }: Tracked,
): Promise<boolean> {
  try {
    const { client } = await connectCarrier(deps, em, accountId);
    await recordScans(deps, labelId, await client.track(trackingNumber));
    return true;
  } catch (error) {
    const reason = reasonOf(error);
    await em.execute('update label set tracking_error = ? where id = ?', [reason, labelId]);
    deps.log.warn({ labelId, reason }, 'tracking not read');
    return !(error instanceof PartyFailure && error.kind === 'retry');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof PartyFailure) return error.code;
  if (error instanceof Refusal) return error.reason;
  return error instanceof Error ? error.name : 'unknown';
}

/**
 * Keeps scans, each once, and tells the order's workflow how far the fulfillment is: handed over with its first
 * parcel, delivered with its last.
 */
export async function recordScans(
  deps: ActivityDeps,
  labelId: string,
  scans: readonly TrackingScan[],
): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    const [label] = await em.execute<{ fulfillmentId: string; workflowId: string; erased: boolean }[]>(
      `select c.fulfillment_id as "fulfillmentId", o.workflow_id as "workflowId", o.erased_at is not null as erased
       from label l join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
       join fulfillment f on f.id = c.fulfillment_id join orders o on o.id = f.order_id
       where l.id = ? for no key update of f`,
      [labelId],
    );
    if (!label) return;
    const before = await stageOfFulfillment(em, label.fulfillmentId);
    for (const scan of scans) await keepScan(em, labelId, label.erased ? withoutPlace(scan) : scan);
    await keepStatus(em, labelId);
    const after = await stageOfFulfillment(em, label.fulfillmentId);
    if (after === before || after === 'labelled') return;
    await em.execute('insert into outbox (workflow_id, signal, payload) values (?, ?, ?)', [
      label.workflowId,
      'tracking',
      JSON.stringify({ fulfillmentId: label.fulfillmentId, stage: after }),
    ]);
  });
}

/** Who signed for it, and where, is nobody's business once the customer is erased. */
const withoutPlace = (scan: TrackingScan): TrackingScan => ({ ...scan, description: '', place: null });

async function keepScan(em: Em, labelId: string, scan: TrackingScan): Promise<void> {
  await em.execute(
    `insert into tracking_event (id, label_id, status, code, at, description, place) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (label_id, status, code, at) do nothing`,
    [uuid(), labelId, scan.status, scan.code, scan.at, scan.description, scan.place],
  );
}

/** Derived anew from all scans, so it does not matter in which order they came. */
async function keepStatus(em: Em, labelId: string): Promise<void> {
  const status = progress(null, await scansOf(em, labelId));
  const over = status === 'delivered' || status === 'returned';
  await em.execute(
    `update label set tracking_status = ?, tracking_error = null,
       tracking_due_at = case when ? then null else tracking_due_at end where id = ?`,
    [status, over, labelId],
  );
}

async function scansOf(em: Em, labelId: string): Promise<ScanFact[]> {
  return em.execute(`select status, to_jsonb(at) #>> '{}' as at from tracking_event where label_id = ?`, [
    labelId,
  ]);
}

/** The scans of each label of `f`, a fulfillment, that was not given back. */
export const scansOfLabels = `
  (select coalesce(jsonb_agg((
     select coalesce(jsonb_agg(jsonb_build_object('status', e.status, 'at', e.at)), '[]')
     from tracking_event e where e.label_id = l.id)), '[]')
   from label l join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
   where c.fulfillment_id = f.id and l.voided_at is null)`;

/** By the scans of all its parcels. */
export function stageByScans(labels: readonly (readonly ScanFact[])[]): 'labelled' | 'shipped' | 'delivered' {
  const stages = labels.map(stageReached);
  if (stages.length > 0 && stages.every((stage) => stage === 'delivered')) return 'delivered';
  return stages.some((stage) => stage === 'shipped' || stage === 'delivered') ? 'shipped' : 'labelled';
}

async function stageOfFulfillment(em: Em, fulfillmentId: string) {
  const [row] = await em.execute<{ labels: ScanFact[][] }[]>(
    `select ${scansOfLabels} as labels from fulfillment f where f.id = ?`,
    [fulfillmentId],
  );
  return stageByScans(row!.labels);
}

/** A carrier's webhook, taken from the inbox. False where no parcel of ours has that number. */
export async function recordPushedScan(
  deps: ActivityDeps,
  trackingNumber: string,
  scan: TrackingScan,
): Promise<boolean> {
  const labels = await deps.orm.em
    .fork()
    .execute<{ id: string }[]>('select id from label where tracking_number = ? and voided_at is null', [
      trackingNumber,
    ]);
  for (const { id } of labels) await recordScans(deps, id, [scan]);
  return labels.length > 0;
}
