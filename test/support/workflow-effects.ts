/** What each step does to a `FakeOrder`, under the rules that the real ones keep: decided once, undone for good. */
import type { Activities } from '../../activities/activities.ts';
import type { Captured, CaptureInput } from '../../activities/capture.ts';
import type { ToUndo } from '../../activities/lifecycle.ts';
import type { ChooseInput, RateDecision } from '../../activities/shipping.ts';
import { Refusal } from '../../activities/failure.ts';
import type { AllocatedFulfillment } from '../../db/stock/allocate.ts';
import { StepUndone } from '../../db/steps.ts';
import type { FakeOrder } from './workflow-order.ts';

type Effects = {
  [S in keyof Activities]: (
    order: FakeOrder,
    input: Parameters<Activities[S]>[0],
  ) => Awaited<ReturnType<Activities[S]>>;
};

export const effects: Effects = {
  capture(order, input) {
    if (order.tie && !input.settleTies) return { order: null, fetch: true, incomplete: false };
    order.tie = false;
    const known = order.versions.length > 0 ? captured(order, input) : null;
    return { order: known, fetch: false, incomplete: known !== null && order.incomplete };
  },
  fetchOrder(order) {
    order.tie = false;
    order.incomplete = false;
  },
  review: (order) => order.verdict ?? { outcome: 'pass', findings: [] },

  reserve(order, { generation }) {
    alive(order, 'reserve', generation);
    if (order.missing > 0) return { reserved: false, short: [{ sku: 'MUG', missing: order.missing }] };
    order.reserved.add(generation);
    return { reserved: true };
  },
  allocate(order, { generation }) {
    alive(order, 'allocate', generation);
    const made = order.allocated.get(generation) ?? [];
    const live = made.filter(({ id }) => order.stages.get(id) !== 'cancelled');
    const first = made.length === 0;
    const next = first ? order.warehouses : order.elsewhere.slice(0, order.warehouses.length - live.length);
    const fresh = next.map((warehouse, index) => ({
      id: `${warehouse}-${generation}${first ? '' : `-${made.length + index}`}`,
      position: made.length + index,
      warehouse,
      units: 1,
      parcels: [`${warehouse}-${generation}-parcel`],
      stage: 'allocated' as const,
      carrier: null,
      notBefore: order.notBefore,
      tracked: order.tracked,
    }));
    order.allocated.set(generation, [...made, ...fresh]);
    for (const { id } of fresh) order.stages.set(id, 'allocated');
    return { fulfillments: [...live, ...fresh].map(asItIs(order)), missing: order.toFollow };
  },
  reclaim(order, { fulfillmentId }) {
    if (!order.stockBack) throw new Refusal('stock_gone', `${fulfillmentId} has no stock`);
  },
  giveUp(order, { generation, fulfillmentId }) {
    alive(order, 'reroute', generation);
    return toUndo(order, generation).find(({ id }) => id === fulfillmentId) ?? null;
  },
  goOn: () => undefined,
  move(order, { generation, fulfillmentId, exclude }) {
    alive(order, 'reroute', generation);
    order.stages.set(fulfillmentId, 'cancelled');
    order.excluded.push(...exclude);
  },
  giveBack(order, { generation }) {
    alive(order, 'give-back', generation);
    order.reserved.delete(generation);
    const dissolved = (order.allocated.get(generation) ?? [])
      .map(({ id }) => id)
      .filter((id) => order.stages.get(id) === 'allocated');
    for (const id of dissolved) order.stages.set(id, 'cancelled');
    return { dissolved };
  },
  release(order, { generation, keep, next }) {
    if (keep.length === 0) order.reserved.delete(generation);
    for (const { id } of order.allocated.get(generation) ?? [])
      if (isOurs(order.stages.get(id)!) && !keep.includes(id)) order.stages.set(id, 'cancelled');
    if (next === 'redo' && order.row.generation === generation) order.row.generation++;
  },

  listCarriers: (order) => order.carriers.map((carrier) => ({ accountId: `account-${carrier}`, carrier })),
  quote: () => ({ quotes: 1 }),
  chooseService(order, input) {
    alive(order, 'rate', input.generation);
    const key = `${input.fulfillmentId}/${input.round}`;
    const decided = order.rates.get(key) ?? choose(order, input);
    order.rates.set(key, decided);
    return decided;
  },
  buyLabel(order, { generation, fulfillmentId, purchaseId }) {
    const purchase = order.purchases.get(purchaseId)!;
    if (purchase.state !== 'bought') {
      alive(order, 'label', generation);
      purchase.state = 'bought';
      order.stages.set(fulfillmentId, 'labelled');
    }
    return { trackingNumber: `T-${purchaseId}` };
  },
  voidLabel(order, { purchaseId }) {
    const purchase = order.purchases.get(purchaseId)!;
    const warehouse = purchase.fulfillmentId.split('-')[0]!;
    if (order.left.has(warehouse)) return { result: 'left' };
    if (purchase.state === 'intended') purchase.state = 'abandoned';
    if (purchase.state === 'bought') purchase.state = 'voided';
    return { result: 'voided' };
  },

  announce(order, { generation, fulfillmentId }) {
    if (order.announced.has(fulfillmentId)) return;
    // What has left is told, whatever became of its way.
    const left = ['shipped', 'delivered'].includes(order.stages.get(fulfillmentId)!);
    if (!left) alive(order, 'announce', generation);
    order.announced.add(fulfillmentId);
  },
  withdraw(order, { fulfillmentId }) {
    order.announced.delete(fulfillmentId);
  },

  handOver(order, { fulfillmentId }) {
    if (order.stages.get(fulfillmentId) === 'labelled') order.stages.set(fulfillmentId, 'shipped');
    for (const [generation, fulfillments] of order.allocated)
      if (!fulfillments.some(({ id }) => isOurs(order.stages.get(id)!))) order.reserved.delete(generation);
  },
  deliver(order, { fulfillmentId }) {
    if (order.stages.get(fulfillmentId) === 'shipped') order.stages.set(fulfillmentId, 'delivered');
  },

  readPayment: (order) => order.payment,
  capturePayment(order) {
    order.captured = true;
  },
  reconcile: (order) => order.money,
  cancelInStore(order) {
    order.cancelledInStore = true;
  },
  refundAll(order) {
    order.refunded = true;
    return { byHand: order.byHand };
  },

  setStanding(order, input) {
    if (!order.row.ended) order.standing = input;
  },
  openAttention(order, input) {
    if (order.attentions.some(({ attentionId }) => attentionId === input.attentionId)) return;
    order.attentions.push({ ...input, resolution: null, resolvedBy: null });
  },
  resolveAttention(order, { attentionIds, resolution, actor }) {
    resolve(order, (id) => attentionIds.includes(id), resolution, actor);
  },
  note(order, input) {
    if (!order.notes.some(({ key }) => key === input.key)) order.notes.push(input);
  },
  applyChange(order, { changeId }) {
    const change = order.changes.get(changeId)!;
    if (change.refused) return { applied: false, message: change.refused };
    if (change.state === 'accepted') return { applied: true };
    change.state = 'accepted';
    const { address, toShip } = change;
    const changed = { ...(address && { address }), ...(toShip !== undefined && { toShip }) };
    if (change.kind !== 'refund') order.versions.push({ ...order.versions.at(-1)!, ...changed });
    return { applied: true };
  },
  tellChange(order, { changeId }) {
    order.changes.get(changeId)!.told = true;
  },
  payBack(order, { changeId }) {
    order.changes.get(changeId)!.paid = true;
    return { byHand: [] };
  },
  settleChange(order, { changeId, state }) {
    order.changes.get(changeId)!.state = state;
  },
  lookAfter: () => undefined,
  bury(order, { generation, ending }) {
    if (order.buried.get(generation) !== 'cancel') order.buried.set(generation, ending);
    const besideTheWay = ({ step }: { step: string }) => step === 'tell-change' || step === 'pay-back';
    const own = order.attentions.filter(besideTheWay).map(({ attentionId }) => attentionId);
    resolve(order, (id) => !own.includes(id), 'overtaken', 'engine');
    const newest = Math.max(generation, order.row.generation);
    const standing = living(order, (each) => each <= newest);
    return {
      fulfillments: toUndo(order, generation),
      live: standing.map(({ id }) => id),
      newest,
      standing,
    };
  },
  end(order, { stage, detail, actor }) {
    if (order.row.ended) return;
    Object.assign(order.row, { stage, ended: true });
    order.endings.push({ stage, detail, actor });
  },
};

const asItIs =
  (order: FakeOrder) =>
  (one: AllocatedFulfillment): AllocatedFulfillment => ({
    ...one,
    stage: order.stages.get(one.id) as AllocatedFulfillment['stage'],
    ...(order.scanned.has(one.id) && { reached: order.scanned.get(one.id)! }),
  });

const living = (order: FakeOrder, of: (generation: number) => boolean): AllocatedFulfillment[] =>
  [...order.allocated]
    .filter(([generation]) => of(generation))
    .flatMap(([, made]) => made)
    .filter(({ id }) => order.stages.get(id) !== 'cancelled')
    .map(asItIs(order));

/** After its tombstone a generation decides nothing any more. */
function alive(order: FakeOrder, step: string, generation: number): void {
  const ending = order.buried.get(generation);
  if (ending) throw new StepUndone({ orderId: order.input.orderId, step, generation }, ending);
}

const isOurs = (stage: string) => stage === 'allocated' || stage === 'labelled';

function captured(order: FakeOrder, { knownVersion }: CaptureInput): Captured {
  const now = order.versions.at(-1)!;
  const begunBy = order.begunBy.get(order.row.generation) ?? 0;
  const known = order.versions[(knownVersion || begunBy) - 1];
  return {
    ...order.row,
    number: order.input.externalId,
    country: 'DE',
    disposition: 'fulfill',
    version: order.versions.length,
    changed: known !== undefined && (known.address !== now.address || known.toShip !== now.toShip),
    cancelledInShop: now.cancelledInShop,
    paymentState: now.paymentState,
    nothingToShip: now.toShip === 0,
    buried: order.buried.get(order.row.generation) ?? null,
    ...(knownVersion === 0 && {
      earlier: living(order, (generation) => generation < order.row.generation),
      hasLeft: [...order.stages.values()].some((stage) => stage === 'shipped' || stage === 'delivered'),
    }),
    policy: order.policy,
    moneyParty: order.moneyParty,
    unsettled: [...order.changes]
      .filter(([, { state }]) => state === 'accepted')
      .map(([id, { kind }]) => ({ id, kind })),
  };
}

function choose(order: FakeOrder, { fulfillmentId, carriers }: ChooseInput): RateDecision {
  const { carrier, accountId } = carriers[0]!;
  const purchaseId = `${fulfillmentId}-purchase`;
  if (!order.purchases.has(purchaseId)) order.purchases.set(purchaseId, { fulfillmentId, state: 'intended' });
  return { carrier, accountId, service: 'ground', tracked: order.tracked, purchases: [purchaseId] };
}

function toUndo(order: FakeOrder, generation: number): ToUndo[] {
  const fulfillments = order.allocated.get(generation) ?? [];
  return fulfillments
    .filter(({ id }) => isOurs(order.stages.get(id)!))
    .map(({ id, warehouse }) => ({
      id,
      warehouse,
      announced: order.stages.get(id) === 'labelled',
      purchases: [...order.purchases]
        .filter(
          ([, { fulfillmentId, state }]) =>
            fulfillmentId === id && (state === 'intended' || state === 'bought'),
        )
        .map(([purchaseId]) => ({ purchaseId, carrier: 'ups' })),
    }));
}

function resolve(
  order: FakeOrder,
  which: (attentionId: string) => boolean,
  resolution: string,
  actor: string,
): void {
  for (const attention of order.attentions)
    if (attention.resolution === null && which(attention.attentionId))
      Object.assign(attention, { resolution, resolvedBy: actor });
}
