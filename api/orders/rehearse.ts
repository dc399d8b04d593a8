import { customerKey } from '../../db/customer-key.ts';
import type { Em } from '../../db/database.ts';
import { type Store, StoreSchema } from '../../db/entities/stores.ts';
import { readOrderContent } from '../../db/order-content.ts';
import { orderIdOf } from '../../db/order-id.ts';
import { type AwaitedStock, readPlaces } from '../../db/read/awaiting-stock.ts';
import { type BuyableAccount, readBuyableAccounts } from '../../db/read/carrier-accounts.ts';
import { orderExists } from '../../db/read/order.ts';
import { readBoxes, readOwnClaims, readUnlabelled } from '../../db/read/rehearsal.ts';
import { readMarkKey } from '../../db/blocked-customers.ts';
import { readReviewFacts, withProvidersWord } from '../../db/read/review-facts.ts';
import { missingProducts } from '../../db/read/stock.ts';
import { type Preview, previewAllocation, type PreviewedFulfillment } from '../../db/stock/preview.ts';
import { type LineLeft, type LineToFulfill, recordReasons, whatToFulfill } from '../../domain/eligibility.ts';
import type { OrderSnapshot } from '../../domain/order.ts';
import { policyOf, type StorePolicy } from '../../domain/policy.ts';
import { type Review, review } from '../../domain/review.ts';
import type { Box } from '../../domain/shipment.ts';
import type { ApiDeps } from '../deps.ts';

/** An order as it is, or as it would be. */
export interface Rehearsed {
  id: string;
  storeId: string;
  policy: StorePolicy;
  snapshot: OrderSnapshot;
  priority: number;
  lines: LineToFulfill[];
  left: LineLeft[];
  /** Why nothing of it is fulfilled. */
  why: string | null;
}

/** What would be decided of it, by the database alone, and what carriers are to be asked. */
export interface Rehearsal {
  order: Rehearsed;
  review: Review;
  unknownSkus: string[];
  allocation: Preview | null;
  queue: AwaitedStock[];
  shipments: { fulfillment: PreviewedFulfillment; boxes: Box[] }[];
  accounts: BuyableAccount[];
}

const USUAL_PRIORITY = 100;

/** An order that would be handed in. null where there is no such store. */
export async function readNewcomer(
  em: Em,
  storeId: string,
  snapshot: OrderSnapshot,
): Promise<Rehearsed | null> {
  const store = await em.findOne(StoreSchema, { id: storeId });
  if (!store) return null;
  const eligible = whatToFulfill(snapshot, { fulfillFrom: store.fulfillFrom.toISOString() });
  return {
    id: orderIdOf(storeId, snapshot.externalId),
    ...ofStore(store),
    ...{ snapshot, priority: USUAL_PRIORITY },
    ...(eligible.disposition === 'fulfill'
      ? { lines: eligible.lines, left: eligible.left, why: null }
      : { lines: [], left: [], why: recordReasons[eligible.reason] }),
  };
}

const ofStore = ({ id, policy }: Pick<Store, 'id' | 'policy'>) => ({ storeId: id, policy: policyOf(policy) });

/** null where there is no such order. */
export async function readKnown(em: Em, orderId: string): Promise<Rehearsed | null> {
  if (!(await orderExists(em, orderId))) return null;
  const { id, storeId, policy, snapshot, priority, disposition, endedAt } = await readOrderContent(
    em,
    orderId,
  );
  const lines = endedAt === null ? await readUnlabelled(em, id) : [];
  return {
    ...{ id, ...ofStore({ id: storeId, policy }), priority, lines, left: [] },
    snapshot: await withProvidersWord(em, id, snapshot),
    why: lines.length > 0 ? null : whyNothing(disposition, endedAt !== null),
  };
}

function whyNothing(disposition: string, ended: boolean): string {
  if (disposition === 'record') return 'It is recorded only.';
  return ended ? 'It has ended.' : 'Everything in it has its label, or has left.';
}

/** Reads, and decides as the steps would. Changes and locks nothing. */
export async function rehearse(em: Em, deps: ApiDeps, order: Rehearsed): Promise<Rehearsal> {
  const now = deps.clock();
  const { snapshot, policy, lines } = order;
  const facts = await readReviewFacts(
    em,
    await readMarkKey(em, deps.secrets),
    { ...order, customerKey: customerKey(snapshot.customer.email) },
    policy.review,
  );
  const verdict = review(snapshot, lines, policy.review, { ...facts, now: now.toISOString() });
  const missing =
    lines.length > 0
      ? await missingProducts(
          em,
          lines.map(({ sku }) => sku),
        )
      : new Set<string>();
  const country = snapshot.shippingAddress?.country;
  const allocation =
    lines.length === 0 || missing.size > 0 || country === undefined
      ? null
      : await previewAllocation(em, lines, {
          ...{ country, policy, now, excluded: [], booksCurrency: deps.config.booksCurrency },
          own: await readOwnClaims(em, order.id),
        });
  const short = (allocation?.short ?? []).map(({ sku, missing: quantity }) => ({ sku, quantity }));
  const place = { orderId: order.id, country: country ?? '', priority: order.priority };
  return {
    ...{ order, review: verdict, unknownSkus: [...missing].sort(), allocation },
    queue: short.length === 0 ? [] : await readPlaces(em, { ...place, placedAt: snapshot.placedAt }, short),
    shipments: await boxesOf(em, allocation, snapshot),
    accounts: await readBuyableAccounts(em),
  };
}

async function boxesOf(
  em: Em,
  allocation: Preview | null,
  snapshot: OrderSnapshot,
): Promise<Rehearsal['shipments']> {
  const shipments = [];
  for (const fulfillment of allocation?.fulfillments ?? [])
    shipments.push({ fulfillment, boxes: await readBoxes(em, fulfillment, snapshot) });
  return shipments;
}
