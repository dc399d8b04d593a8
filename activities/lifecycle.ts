import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { buryGeneration, type Ending } from '../db/steps.ts';
import type { AllocatedFulfillment } from '../db/stock/allocate.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Condition } from '../domain/conditions.ts';
import type { ActivityDeps } from './deps.ts';
import { readLive } from './stock.ts';

/** What an order's row says about where it stands, written only at its workflow's word. */

export interface StandingInput {
  orderId: string;
  conditions: Condition[];
  /** In words, or null when it is moving. */
  waitingFor: string | null;
  /** RFC 3339. */
  deadline: string | null;
  /** RFC 3339: when it gives its stock back; null while it moves. */
  reservedUntil: string | null;
}

export async function setStanding(deps: ActivityDeps, input: StandingInput): Promise<void> {
  const conditions = `{${input.conditions.join(',')}}`;
  await deps.orm.em.fork().execute(
    `update orders set conditions = ?::text[], waiting_for = ?, deadline = ?, updated_at = now(),
       waiting_since = case when ?::text is null then null
                            when waiting_for is not distinct from ? then waiting_since else now() end
     where id = ? and ended_at is null`,
    [conditions, input.waitingFor, input.deadline, input.waitingFor, input.waitingFor, input.orderId],
  );
  await deps.orm.em
    .fork()
    .execute(
      `update reservation set expires_at = ? where order_id = ? and state = 'open' and expires_at is distinct from ?`,
      [input.reservedUntil, input.orderId, input.reservedUntil],
    );
}

export interface AttentionInput {
  orderId: string;
  /** Made by the workflow, so a repeat is the same attention. */
  attentionId: string;
  fulfillmentId: string | null;
  step: string;
  reason: string;
  sentence: string;
  lastError: string | null;
  actions: string[];
}

export async function openAttention(deps: ActivityDeps, input: AttentionInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    const opened = await em.execute(
      `insert into attention (id, order_id, fulfillment_id, step, reason, sentence, last_error, actions)
       values (?, ?, ?, ?, ?, ?, ?, ?::text[]) on conflict (id) do nothing returning id`,
      [
        input.attentionId,
        input.orderId,
        input.fulfillmentId,
        input.step,
        input.reason,
        input.sentence,
        input.lastError,
        `{${input.actions.join(',')}}`,
      ],
    );
    if (opened.length === 0) return;
    await recordAudit(em, {
      actor: 'engine',
      what: 'needs_attention',
      orderId: input.orderId,
      subject: input.attentionId,
      detail: input.sentence,
    });
  });
}

export interface ResolveInput {
  orderId: string;
  attentionIds: string[];
  resolution: string;
  actor: string;
}

export async function resolveAttention(deps: ActivityDeps, input: ResolveInput): Promise<void> {
  if (input.attentionIds.length === 0) return;
  await deps.orm.em
    .fork()
    .execute(
      'update attention set resolved_at = now(), resolution = ?, resolved_by = ? where id in (?) and resolved_at is null',
      [input.resolution, input.actor, input.attentionIds],
    );
}

export interface NoteInput {
  orderId: string;
  key: string;
  actor: string;
  what: string;
  detail: string;
}

/** Puts what a person did, and why, on the order's timeline. */
export async function note(deps: ActivityDeps, input: NoteInput): Promise<void> {
  await recordAudit(deps.orm.em.fork(), input);
}

/** Steps that belong to no way: what a person's change still owes the shop and the customer goes on beside it. */
const besideTheWay = ['tell-change', 'pay-back'];

export interface BuryInput {
  orderId: string;
  generation: number;
  ending: Ending;
}

export interface Buried {
  /** Still ours to undo, with what each needs. */
  fulfillments: ToUndo[];
  /** All fulfillments of the order that are there, whatever their generation: these, and those that have left. */
  live: string[];
  /** The last generation that was ended; the first is the one that was asked for. */
  newest: number;
  /** The same as `live`, in full: a run that took the order up does not know all of them yet. */
  standing: AllocatedFulfillment[];
}

/**
 * Ends a generation: from here on no step of it can commit. What it did is then undone step by step. So is each one
 * after it: a workflow task that died may have begun it, and whoever repeats the task does not know.
 */
export async function bury(deps: ActivityDeps, input: BuryInput): Promise<Buried> {
  return inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    const [order] = await em.execute<{ generation: number }[]>('select generation from orders where id = ?', [
      input.orderId,
    ]);
    const newest = Math.max(input.generation, order?.generation ?? 0);
    for (let each = input.generation; each <= newest; each++)
      await buryGeneration(em, input.orderId, each, input.ending);
    await em.execute(
      `update attention set resolved_at = now(), resolution = 'overtaken', resolved_by = 'engine'
       where order_id = ? and subject is null and step <> all(?::text[]) and resolved_at is null`,
      [input.orderId, `{${besideTheWay.join(',')}}`],
    );
    const fulfillments = await toUndo(
      em,
      `f.order_id = ? and f.generation between ? and ? and f.stage in ('allocated', 'labelled')`,
      [input.orderId, input.generation, newest],
    );
    const standing = await readLive(
      deps,
      em,
      { orderId: input.orderId, generation: newest },
      'f.generation <= ?',
    );
    return { fulfillments, live: standing.map(({ id }) => id), newest, standing };
  });
}

/** What must be undone of the fulfillments for which `where` holds. */
export async function toUndo(em: Em, where: string, values: unknown[]): Promise<ToUndo[]> {
  return em.execute<ToUndo[]>(
    `select f.id, f.warehouse, f.stage = 'labelled' as announced,
            (select coalesce(jsonb_agg(jsonb_build_object('purchaseId', p.id, 'carrier', a.carrier)), '[]')
             from parcel c join label_purchase p on p.parcel_id = c.id
             join carrier_account a on a.id = p.carrier_account_id
             where c.fulfillment_id = f.id and p.state in ('intended', 'bought')) as purchases
     from fulfillment f where ${where} order by f.position`,
    values,
  );
}

export interface ToUndo {
  id: string;
  warehouse: string;
  /** The store was told of it, or may have been. */
  announced: boolean;
  purchases: { purchaseId: string; carrier: string }[];
}

export interface EndInput {
  orderId: string;
  stage: 'closed' | 'cancelled';
  detail: string;
  actor: string;
}

/** The order's last word. Whatever comes later is aftercare. */
export async function end(deps: ActivityDeps, input: EndInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    await em.execute(
      `update orders set stage = ?, ended_at = coalesce(ended_at, now()), conditions = '{}', waiting_for = null,
         waiting_since = null, deadline = null, updated_at = now() where id = ? and ended_at is null`,
      [input.stage, input.orderId],
    );
    if (input.stage === 'closed')
      await em.execute(`update fulfillment set stage = 'closed' where order_id = ? and stage = 'delivered'`, [
        input.orderId,
      ]);
    await recordAudit(em, {
      actor: input.actor,
      what: input.stage,
      orderId: input.orderId,
      detail: input.detail,
      key: `ended/${input.orderId}`,
    });
  });
}
