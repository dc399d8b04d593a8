import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';

/** Stock of a SKU in a warehouse that is about to become less. */
export interface Shrinking {
  warehouse: string;
  sku: string;
  /** Of which units go, or which becomes unsellable. */
  lotId: string;
  /** Units that go. */
  quantity: number;
  /** For the timeline of those that lose their stock: "counted", "lot L1 was recalled". */
  cause: string;
}

/** A fulfillment, or what an order had claimed and no fulfillment had yet, that stock was taken from. */
export interface Lost {
  orderId: string;
  /** null: not allocated yet. */
  fulfillmentId: string | null;
  /** It has its label, or may have: a person decides about it. Else it moves by itself. */
  labelled: boolean;
  /** Units that its order holds no more. 0: it holds as many in the same warehouse, of other lots. */
  quantity: number;
}

export interface OpenClaim extends Omit<Lost, 'quantity'> {
  id: string;
  quantity: number;
  sku: string;
  lotId: string | null;
  workflowId: string;
  generation: number;
}

/**
 * Makes room before units leave a lot (or the whole of it leaves sale), so that no more is promised than what stays:
 * takes from the last in the queue's order first, from those without a label before those with one, and only as many
 * as needed. A fulfillment without a label is dissolved; what is left of its claims stays its order's, on the warehouse,
 * and is allocated anew from other lots. Workflows are told in the same transaction. Under `lockQueue` of the SKU;
 * nothing is moved here.
 */
export async function releaseFor(em: Em, shrinking: Shrinking): Promise<Lost[]> {
  const { warehouse, sku, lotId, quantity } = shrinking;
  const [row] = await em.execute<
    { lot: number; lotClaimed: number; sellable: boolean; free: number; claimed: number }[]
  >(
    `select l.on_hand as lot, l.claimed as "lotClaimed", l.state = 'sellable' as sellable,
            v.on_hand - v.unavailable as free, v.claimed
     from lot l join stock_level v on v.warehouse = l.warehouse and v.sku = l.sku where l.id = ?`,
    [lotId],
  );
  if (!row?.sellable) return [];
  const ofLot = row.lotClaimed - (row.lot - quantity);
  const ofLevel = row.claimed - (row.free - quantity);
  if (ofLot <= 0 && ofLevel <= 0) return [];
  await lockFulfillments(em, warehouse, sku);
  const claims = await openClaims(em, warehouse, sku);
  const offLot = take(
    claims.filter((claim) => claim.lotId === lotId),
    ofLot,
  );
  const displaced = offLot.filter(({ claim }) => !claim.labelled).map((taken) => ({ ...taken, quantity: 0 }));
  const short = offLot.filter(({ claim }) => claim.labelled);
  const released = [...short, ...take(less(claims, short), ofLevel - sum(short))];
  await giveUp(em, shrinking, released, displaced);
  return summed([...released, ...displaced]);
}

/** Releases claims, dissolves the fulfillments that have no label, of those that are only displaced too, and tells. */
export async function giveUp(
  em: Em,
  shrinking: Pick<Shrinking, 'warehouse' | 'cause'>,
  released: readonly Taken[],
  displaced: readonly Taken[] = [],
): Promise<void> {
  for (const taken of byClaim(released)) await releaseClaim(em, taken);
  const lost = [...released, ...displaced];
  await dissolve(em, lost);
  await tell(em, shrinking, lost);
}

export const summed = (lost: readonly Taken[]): Lost[] =>
  [...Map.groupBy(lost, ({ claim }) => claim.fulfillmentId ?? claim.orderId).values()].map((taken) => {
    const { orderId, fulfillmentId, labelled } = taken[0]!.claim;
    return { orderId, fulfillmentId, labelled, quantity: sum(taken) };
  });

/** So that no label is asked for while it is decided who loses what. */
export async function lockFulfillments(em: Em, warehouse: string, sku: string): Promise<void> {
  await em.execute(
    `select 1 from fulfillment where id in (
       select fulfillment_id from claim where warehouse = ? and sku = ? and state = 'open') order by id for no key update`,
    [warehouse, sku],
  );
}

/** SQL: a fulfillment has its label, or its carrier may have been asked for one. */
export const isLabelled = (fulfillment: string) => `(${fulfillment}.stage = 'labelled' or exists (
  select 1 from parcel b join label_purchase p on p.parcel_id = b.id
  where b.fulfillment_id = ${fulfillment}.id and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)))`;

/** In the order in which they are released: those without a label first, and the last in the queue's order first. */
export async function openClaims(em: Em, warehouse: string, sku: string): Promise<OpenClaim[]> {
  return em.execute<OpenClaim[]>(
    `select c.id, c.quantity, c.sku, c.lot_id as "lotId", c.fulfillment_id as "fulfillmentId", o.id as "orderId",
            o.workflow_id as "workflowId", r.generation, coalesce(${isLabelled('f')}, false) as labelled
     from claim c join reservation r on r.id = c.reservation_id join orders o on o.id = r.order_id
     left join fulfillment f on f.id = c.fulfillment_id
     where c.warehouse = ? and c.sku = ? and c.state = 'open'
     order by labelled, o.priority desc, o.placed_at desc, o.id desc, c.id desc`,
    [warehouse, sku],
  );
}

export interface Taken {
  claim: OpenClaim;
  quantity: number;
}

export function take(claims: readonly OpenClaim[], wanted: number): Taken[] {
  let left = wanted;
  return claims.flatMap((claim) => {
    const quantity = Math.min(left, claim.quantity);
    if (quantity <= 0) return [];
    left -= quantity;
    return [{ claim, quantity }];
  });
}

/** The same claims without what was taken of them. */
function less(claims: readonly OpenClaim[], taken: readonly Taken[]): OpenClaim[] {
  return claims.map((claim) => ({
    ...claim,
    quantity: claim.quantity - sum(taken.filter(({ claim: { id } }) => id === claim.id)),
  }));
}

const sum = (taken: readonly Taken[]) => taken.reduce((all, { quantity }) => all + quantity, 0);

/** Twice taken from is released once. */
const byClaim = (taken: readonly Taken[]): { id: string; quantity: number }[] =>
  [...Map.groupBy(taken, ({ claim }) => claim.id)].map(([id, all]) => ({ id, quantity: sum(all) }));

/** Of a part, the claim stays with the rest, and what is released is a row of its own. */
async function releaseClaim(em: Em, { id, quantity }: { id: string; quantity: number }): Promise<void> {
  const whole = await em.execute(
    `update claim set state = 'released' where id = ? and quantity = ? returning id`,
    [id, quantity],
  );
  if (whole.length > 0) return;
  await em.execute('update claim set quantity = quantity - ? where id = ?', [quantity, id]);
  await em.execute(
    `insert into claim (id, reservation_id, warehouse, sku, lot_id, fulfillment_id, quantity, state)
     select ?, reservation_id, warehouse, sku, lot_id, fulfillment_id, ?, 'released' from claim where id = ?`,
    [uuid(), quantity, id],
  );
}

/** Fulfillments without a label: their order allocates anew what it still holds, and what it gets for the rest. */
async function dissolve(em: Em, lost: readonly Taken[]): Promise<void> {
  const ids = idsOf(lost, false);
  if (ids.length > 0) await dissolveFulfillments(em, ids);
}

/** Their claims are their orders' still, on the warehouse alone. Nobody was asked to sell a label for them. */
export async function dissolveFulfillments(em: Em, ids: readonly string[]): Promise<void> {
  await em.execute(`update fulfillment set stage = 'cancelled' where id in (?)`, [[...ids]]);
  await em.execute(
    `update label_purchase p set state = 'abandoned', settled_at = now() from parcel b
     where b.id = p.parcel_id and b.fulfillment_id in (?) and p.state = 'intended' and p.sent_at is null`,
    [[...ids]],
  );
  await em.execute(
    `update claim set fulfillment_id = null, lot_id = null where fulfillment_id in (?) and state = 'open'`,
    [[...ids]],
  );
}

const idsOf = (lost: readonly Taken[], labelled: boolean) => [
  ...new Set(lost.flatMap(({ claim }) => (claim.labelled === labelled ? (claim.fulfillmentId ?? []) : []))),
];

async function tell(
  em: Em,
  { warehouse, cause }: Pick<Shrinking, 'warehouse' | 'cause'>,
  lost: readonly Taken[],
): Promise<void> {
  for (const [orderId, taken] of Map.groupBy(lost, ({ claim }) => claim.orderId)) {
    const { workflowId, generation } = taken[0]!.claim;
    await em.execute('insert into outbox (workflow_id, signal, payload) values (?, ?, ?)', [
      workflowId,
      'stock',
      JSON.stringify({ generation, lost: idsOf(taken, false), short: idsOf(taken, true) }),
    ]);
    const what = [...Map.groupBy(taken, ({ claim }) => claim.sku)].map(([sku, ofSku]) => {
      const gone = sum(ofSku);
      return gone > 0 ? `${gone} × ${sku}` : `the lot of its ${sku}`;
    });
    await recordAudit(em, {
      actor: 'engine',
      what: 'stock_lost',
      orderId,
      detail: `${what.join(', ')} in ${warehouse}: ${cause}`,
    });
  }
}
