import type { Database } from '../db/database.ts';
import { gather } from '../db/gather.ts';
import { decisionOf, StepUndone } from '../db/steps.ts';
import { type Holder, type Reserving, reserveOrders } from '../db/stock/reserve.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Shortage } from '../domain/allocation/types.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';

/**
 * `reserved`: everything is claimed, or with `short` a part of it, and the rest waits. Else all of it waits in the
 * queue, and `short` is what is missing.
 */
export type ReserveResult = { reserved: true; short?: Shortage[] } | { reserved: false; short: Shortage[] };

/** Orders of one process that reserve at about the same time do so in one transaction: a hot SKU takes many at once. */
const gathering = { windowMs: 3, most: 128, beside: 2 };

const gatherers = new WeakMap<Database, (holder: Holder) => Promise<Reserving>>();

function gathererOf(orm: Database): (holder: Holder) => Promise<Reserving> {
  const known = gatherers.get(orm);
  if (known) return known;
  const made = gather(
    (holders: Holder[]) => inTransaction(orm, (em) => reserveOrders(em, holders)),
    gathering,
  );
  gatherers.set(orm, made);
  return made;
}

/**
 * Claims what the order still wants from warehouses that serve its destination, or takes a place in the queue. A
 * repeat, however late, finds what was done and does no more.
 */
export async function reserve(
  deps: Pick<ActivityDeps, 'orm'>,
  { orderId, generation }: Holder,
): Promise<ReserveResult> {
  const outcome = await gathererOf(deps.orm)({ orderId, generation });
  if (outcome.kind === 'undone') {
    const key = { orderId, step: 'reserve', generation };
    // Says what for, if it can.
    await decisionOf(deps.orm.em.fork(), key);
    throw new StepUndone(key);
  }
  if (outcome.kind === 'refused') throw refusalOf(orderId, outcome);
  return outcome.kind === 'claimed'
    ? { reserved: true, ...(outcome.short && { short: outcome.short }) }
    : { reserved: false, short: outcome.short };
}

function refusalOf(orderId: string, { reason, short }: Extract<Reserving, { kind: 'refused' }>): Error {
  if (reason === 'unknown_order') return new Error(`No order ${orderId}`);
  const skus = short.map(({ sku }) => sku).join(', ');
  if (reason === 'unknown_sku')
    return new Refusal(reason, `No product has the SKU ${skus}: create it, then retry`);
  const missing = short.map(({ sku, missing }) => `${missing} of ${sku}`).join(', ');
  return new Refusal(
    reason,
    `${missing || 'One warehouse that has it all'} is missing, and the product takes no backorders: receive it or allow them (PATCH /v1/products/{sku}), then retry, or cancel the order`,
  );
}
