/** What happens to the demo's orders outside of the engine: carriers scan, goods arrive, customers regret. */
import type { SandboxClient } from '../../sandbox/client.ts';
import type { ParcelStatus } from '../../sandbox/ups/model.ts';
import type { ApiClient } from '../api-client.ts';
import { restock } from './catalog.ts';
import { receiveOnce, upsAccount } from './connect.ts';
import { demoReason, type Row, type SeenOrder } from './watch.ts';

const way: ParcelStatus[] = ['label_created', 'handed_over', 'in_transit', 'out_for_delivery', 'delivered'];

/** Milliseconds that a wait is shown before the demo ends it. */
const shownFor = 3_000;

/** One step for each order that has one left. Done before, or interrupted: the next call goes on from there. */
export async function moveOn(api: ApiClient, sandbox: SandboxClient, rows: readonly Row[]): Promise<void> {
  const labels = await sandbox.ups(upsAccount).labels();
  const statuses = new Map(labels.map(({ trackingNumber, status }) => [trackingNumber, status]));
  for (const row of rows) {
    if (!row.seen) continue;
    await scanParcels(sandbox, row, row.seen, statuses);
    await happen(api, row, row.seen);
  }
}

async function scanParcels(
  sandbox: SandboxClient,
  { order }: Row,
  seen: SeenOrder,
  statuses: ReadonlyMap<string, ParcelStatus>,
): Promise<void> {
  for (const { warehouse, parcels } of seen.fulfillments) {
    const goal = way.indexOf(order.parcels?.[warehouse] ?? 'label_created');
    for (const { trackingNumber } of parcels) {
      const at = way.indexOf(statuses.get(trackingNumber ?? '') ?? 'delivered');
      const next = way[at + 1];
      if (trackingNumber && next && at >= 0 && at < goal)
        await sandbox.ups(upsAccount).advance(trackingNumber, next);
    }
  }
}

async function happen(api: ApiClient, row: Row, seen: SeenOrder): Promise<void> {
  const { order, at, id } = row;
  const waitsLong = Date.now() - Date.parse(seen.why.since ?? '') > shownFor;
  if (order.event === 'restock' && seen.condition === 'awaiting_stock' && waitsLong)
    await receiveOnce(api, restock.warehouse, [restock.line]);
  if (order.event === 'hand-over') await handOver(api, seen);
  if (order.event === 'cancel') await cancel(api, seen);
  // The demo was broken off between the order and its payment.
  if (order.told === 'out-of-order' && seen.condition === 'awaiting_payment' && waitsLong)
    await at.shop.pay(id);
}

const has = ({ timeline }: SeenOrder, one: string): boolean => timeline.some(({ what }) => what === one);

/** Once the store knows of the shipment, so that everything is there to be undone. */
async function cancel(api: ApiClient, seen: SeenOrder): Promise<void> {
  if (seen.stage === 'labelled' && has(seen, 'store_told') && !has(seen, 'cancel'))
    await api.post(`/v1/orders/${seen.id}/cancel`, {
      reason: `${demoReason} the customer thought better of it`,
    });
}

async function handOver(api: ApiClient, seen: SeenOrder): Promise<void> {
  for (const { id, carrier, stage } of seen.fulfillments)
    if (carrier === 'manual' && stage === 'labelled' && !has(seen, 'hand_over'))
      await api.post(`/v1/fulfillments/${id}/ship`, { reason: `${demoReason} the courier took it along` });
}
