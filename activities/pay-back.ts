import { v7 as uuid } from 'uuid';
import { PartyFailure } from '../connectors/failure.ts';
import type { PaymentClient } from '../connectors/payments/provider.ts';
import { recordAudit } from '../db/audit.ts';
import { readChange, readDue } from '../db/changes.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { inTransaction } from '../db/transaction.ts';
import { formatMinor } from '../domain/money.ts';
import type { PaymentFact, RefundFact } from '../domain/order.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';
import { type MoneyInput, readMoney } from './money.ts';
import { recordMoney } from './money-facts.ts';
import { heldPayment } from './payments.ts';
import { connectStore } from './storefront.ts';

/** The one executor of refunds. */

export interface RefundInput extends MoneyInput {
  reason: string;
}

/**
 * Gives back what is left of every capture of a cancelled order. What nobody can be asked for is returned in words,
 * for a person to give back.
 */
export async function refundAll(deps: ActivityDeps, input: RefundInput): Promise<{ byHand: string[] }> {
  const { byHand } = await payOut(deps, input, { amount: Infinity, prefix: `${input.orderId}/refund` });
  return { byHand };
}

export interface PayBackInput extends MoneyInput {
  changeId: string;
}

/**
 * Gives back what a change of the order is to give back. Of what was dropped and not paid yet, nothing; a refund that
 * somebody asked for is paid whole or refused, unless the customer has everything back already.
 */
export async function payBack(deps: ActivityDeps, input: PayBackInput): Promise<{ byHand: string[] }> {
  const change = await readChange(deps.orm.em.fork(), input.changeId);
  const { amount, reason, kind } = change;
  if (amount === 0) return { byHand: [] };
  const { byHand, missing, givenBack } = await payOut(
    deps,
    { ...input, reason },
    { amount, prefix: `${change.id}/refund`, whole: kind === 'refund', ofDropped: kind === 'lines' },
  );
  if (missing === 0 || kind !== 'refund' || byHand.length > 0) return { byHand };
  if (!givenBack) throw new Refusal('nothing_left_to_refund', 'Less is left to give back than was asked for');
  // The customer has it all, by a cancel or by the shop's own hand.
  await recordAudit(deps.orm.em.fork(), {
    actor: 'engine',
    what: 'refund_overtaken',
    orderId: input.orderId,
    subject: change.id,
    detail: 'Everything had been given back already',
    key: `refund-overtaken/${change.id}`,
  });
  return { byHand };
}

interface PayOut {
  /** At most, minor units; what was given back under the same prefix before counts. */
  amount: number;
  prefix: string;
  /** Nothing is paid unless all of it can be. */
  whole?: boolean;
  /** Only what was taken beyond what the order costs without it. */
  ofDropped?: boolean;
}

/**
 * Through the shop that took the money, else through its provider, never both. Each refund is written as intended,
 * under its key, before anyone is asked to pay it, and its amount is at most what is left at that moment by their word.
 */
async function payOut(
  deps: ActivityDeps,
  input: RefundInput,
  wish: PayOut,
): Promise<{ byHand: string[]; missing: number; givenBack: boolean }> {
  const em = deps.orm.em.fork();
  const executor = await executorOf(deps, em, input);
  await readMoney(deps, em, input);
  const parts = await inTransaction(deps.orm, (tx) => intend(tx, input.orderId, wish, executor !== null));
  const byHand: string[] = [];
  for (const part of parts.due) {
    const { capture, amount, key } = part;
    if (!executor)
      byHand.push(`${formatMinor(amount, capture.currency)} ${capture.currency} by ${capture.provider}`);
    else
      await pay(deps, input, executor, { capture, amount, key }).catch((error: unknown) =>
        throwUnlessOvertaken(deps, em, input, error),
      );
  }
  return { byHand, missing: parts.missing, givenBack: parts.givenBack };
}

/**
 * A refund that is refused since the shop gave money back itself at the same moment is asked for again, of what is left
 * then: nothing here needs a person.
 */
async function throwUnlessOvertaken(
  deps: ActivityDeps,
  em: Em,
  input: RefundInput,
  error: unknown,
): Promise<never> {
  if (!(error instanceof PartyFailure) || error.kind !== 'refuse') throw error;
  const before = await readGivenBack(em, input.orderId);
  await readMoney(deps, em, input);
  if ((await readGivenBack(em, input.orderId)) === before) throw error;
  throw new PartyFailure(`${error.message}: money was given back elsewhere meanwhile`, {
    ...{ party: error.party, kind: 'retry', effect: 'none', code: 'overtaken' },
  });
}

async function readGivenBack(em: Em, orderId: string): Promise<number> {
  const [row] = await em.execute<{ amount: number }[]>(
    `select coalesce(sum(amount), 0)::float8 as amount from refund where order_id = ? and state = 'done'`,
    [orderId],
  );
  return row!.amount;
}

interface Part {
  capture: PaymentFact;
  amount: number;
  key: string;
}

/** Under the order's lock: what others intend to give back is no longer there to give. `givenBack`: all of it is, for certain. */
async function intend(
  em: Em,
  orderId: string,
  { amount, prefix, whole = false, ofDropped = false }: PayOut,
  write: boolean,
): Promise<{ due: Part[]; missing: number; givenBack: boolean }> {
  await lockOrder(em, orderId);
  const captures = (await readPayments(em, orderId)).filter(
    ({ kind, amount }) => kind === 'capture' && amount > 0,
  );
  const [sums] = await em.execute<{ gone: number; ours: number; done: number }[]>(
    `select coalesce(sum(amount) filter (where state = 'done' or not own), 0)::float8 as gone,
            coalesce(sum(amount) filter (where state = 'done' and own), 0)::float8 as ours,
            coalesce(sum(amount) filter (where state = 'done'), 0)::float8 as done
     from (select amount, state, coalesce(starts_with(key, ?), false) as own from refund
           where order_id = ? and state in ('done', 'intended')) r`,
    [`${prefix}/`, orderId],
  );
  let gone = sums!.gone;
  const most = ofDropped ? await readTakenBeyond(em, orderId, prefix, captures) : Infinity;
  let wanted = Math.min(amount, most) - sums!.ours;
  const due: Part[] = [];
  const taken = captures.reduce((sum, capture) => sum + capture.amount, 0);
  const givenBack = taken > 0 && sums!.done >= taken;
  for (const capture of captures) {
    const left = Math.max(0, capture.amount - gone);
    gone = Math.max(0, gone - capture.amount);
    const part = Math.min(left, Math.max(0, wanted));
    if (part === 0) continue;
    wanted -= part;
    due.push({ capture, amount: part, key: `${prefix}/${capture.externalId}` });
  }
  const missing = Number.isFinite(wanted) ? Math.max(0, wanted) : 0;
  if (whole && missing > 0) return { due: [], missing, givenBack };
  if (write) for (const part of due) await intendRefund(em, orderId, part);
  return { due, missing, givenBack };
}

/** What was taken beyond what the order costs without what was dropped, less what other changes give back of that. */
async function readTakenBeyond(
  em: Em,
  orderId: string,
  prefix: string,
  captures: readonly PaymentFact[],
): Promise<number> {
  const taken = captures.reduce((sum, { amount }) => sum + amount, 0);
  const [others] = await em.execute<{ amount: number }[]>(
    `select coalesce(sum(r.amount), 0)::float8 as amount from refund r
     join order_change c on c.order_id = r.order_id and starts_with(r.key, c.id || '/refund/')
     where r.order_id = ? and r.state in ('done', 'intended') and not starts_with(r.key, ?)
       and c.kind = 'lines' and c.state = 'accepted'`,
    [orderId, `${prefix}/`],
  );
  return Math.max(0, taken - (await readDue(em, orderId)) - others!.amount);
}

async function intendRefund(em: Em, orderId: string, { capture, amount, key }: Part): Promise<void> {
  await em.execute(
    `insert into refund (id, order_id, provider, key, amount, currency, state, at)
     values (?, ?, ?, ?, ?, ?, 'intended', now()) on conflict (key) do update set amount = excluded.amount
       where refund.state = 'intended'`,
    [uuid(), orderId, capture.provider, key, amount, capture.currency],
  );
}

async function pay(
  deps: ActivityDeps,
  { orderId, reason }: RefundInput,
  executor: Executor,
  { capture, amount, key }: Part,
): Promise<void> {
  const { externalId: paymentExternalId, currency } = capture;
  const paid = await executor({ paymentExternalId, amount, currency, reason, key });
  await inTransaction(deps.orm, async (tx) => {
    await lockOrder(tx, orderId);
    await recordMoney(tx, orderId, { payments: [], refunds: [{ ...paid, key }] });
    await recordAudit(tx, {
      actor: 'engine',
      what: 'refunded',
      orderId,
      subject: paid.externalId,
      detail: `${formatMinor(paid.amount, paid.currency)} ${paid.currency} given back`,
      key,
    });
  });
}

type Executor = (request: Parameters<PaymentClient['refund']>[0]) => Promise<RefundFact>;

/** Who pays back; null: nobody can be asked. */
async function executorOf(deps: ActivityDeps, em: Em, input: MoneyInput): Promise<Executor | null> {
  const { client } = await connectStore(deps, em, input.storeId);
  if (client) return (request) => client.refund({ ...request, orderExternalId: input.externalId });
  const held = await heldPayment(deps, em, input.orderId);
  return held ? (request) => held.client.refund(request) : null;
}

async function readPayments(em: Em, orderId: string): Promise<PaymentFact[]> {
  return em.execute<PaymentFact[]>(
    `select external_id as "externalId", kind, amount::float8 as amount, currency, provider,
            to_jsonb(at) #>> '{}' as at from payment where order_id = ? order by at, id`,
    [orderId],
  );
}

/** What was taken and is neither given back nor promised to be. Under the order's lock. */
export async function readLeft(em: Em, orderId: string): Promise<{ left: number; currency: string }> {
  const [row] = await em.execute<{ left: number; currency: string }[]>(
    `select o.currency, greatest(0,
       (select coalesce(sum(amount), 0) from payment where order_id = o.id and kind = 'capture')
       - (select coalesce(sum(amount), 0) from refund where order_id = o.id and state in ('done', 'intended'))
       - (select coalesce(sum(greatest(0, c.amount - coalesce((select sum(r.amount) from refund r
            where r.order_id = o.id and starts_with(r.key, c.id || '/refund/') and r.state in ('done', 'intended')), 0))), 0)
          from order_change c where c.order_id = o.id and c.state = 'accepted'))::float8 as left
     from orders o where o.id = ?`,
    [orderId],
  );
  return row!;
}
