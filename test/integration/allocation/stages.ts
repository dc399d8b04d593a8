import type { ActivityDeps } from '../../../activities/deps.ts';
import { buyLabel } from '../../../activities/labels.ts';
import { reserve } from '../../../activities/reserve.ts';
import { listCarriers, quote } from '../../../activities/quotes.ts';
import { chooseService } from '../../../activities/shipping.ts';
import { allocate, handOver } from '../../../activities/stock.ts';
import { line, type World } from '../db/world.ts';

/** Orders of one SKU, brought as far as a test wants them. */
export interface Way {
  /** Reserved. Later ones are younger. */
  reserved(externalId: string, quantity: number, sku?: string): Promise<string>;
  /** Allocated; returns the order's id and its fulfillment's. */
  allocated(externalId: string, quantity: number, sku?: string): Promise<{ id: string; fulfillment: string }>;
  labelled: Way['allocated'];
  shipped: Way['allocated'];
}

export function wayOf(at: () => World, store: () => string): Way {
  let placed = 0;
  const way: Way = {
    async reserved(externalId, quantity, sku = 'MUG') {
      const placedAt = new Date(Date.UTC(2026, 10, 1, 0, placed++)).toISOString();
      const lines = [line('1', sku, quantity)];
      const id = await at().order(store(), { externalId, placedAt, lines });
      await reserve(at().deps, { orderId: id, generation: 1 });
      return id;
    },
    async allocated(...order) {
      const id = await way.reserved(...order);
      const { fulfillments } = await allocate(at().deps, { orderId: id, generation: 1 });
      return { id, fulfillment: fulfillments[0]!.id };
    },
    async labelled(...order) {
      const made = await way.allocated(...order);
      await at().query(`update fulfillment set stage = 'labelled' where id = ?`, [made.fulfillment]);
      return made;
    },
    async shipped(...order) {
      const made = await way.labelled(...order);
      const left = { orderId: made.id, fulfillmentId: made.fulfillment };
      await handOver(at().deps, { ...left, actor: 'test', reason: 'left' });
      return made;
    },
  };
  return way;
}

/** Buys its labels, of whatever carriers are connected. */
export async function label(
  deps: ActivityDeps,
  { id: orderId, fulfillment: fulfillmentId }: { id: string; fulfillment: string },
): Promise<void> {
  const carriers = await listCarriers(deps, { orderId });
  for (const { accountId } of carriers) await quote(deps, { orderId, fulfillmentId, accountId });
  const step = { orderId, generation: 1, fulfillmentId };
  const { purchases } = await chooseService(deps, { ...step, carriers, round: 0 });
  for (const purchaseId of purchases) await buyLabel(deps, { ...step, purchaseId });
}

/** What orders hold: `{ '#1': ['B L1 2'] }`, the lot as - where none is chosen. */
export async function holdings(world: World): Promise<Record<string, string[]>> {
  const rows = await world.query<{ number: string; held: string[] }>(
    `select o.number, array_agg(c.warehouse || ' ' || coalesce(lot.number, '-') || ' ' || c.quantity
                                order by lot.number, c.quantity) as held
     from claim c join reservation r on r.id = c.reservation_id join orders o on o.id = r.order_id
     left join lot on lot.id = c.lot_id where c.state = 'open' group by o.number order by o.number`,
  );
  return Object.fromEntries(rows.map(({ number, held }) => [number, held]));
}

export async function lotId(world: World, number: string, warehouse = 'B'): Promise<string> {
  const [lot] = await world.query<{ id: string }>('select id from lot where number = ? and warehouse = ?', [
    number,
    warehouse,
  ]);
  return lot!.id;
}

/** Messages about lost stock that wait for their workflows: `{ '#1': { lost, short } }`. */
export async function losses(world: World): Promise<Record<string, { lost: string[]; short: string[] }>> {
  const rows = await world.query<{ number: string; payload: { lost: string[]; short: string[] } }>(
    `select o.number, b.payload from outbox b join orders o on o.workflow_id = b.workflow_id
     where b.payload -> 'lost' is not null order by b.seq`,
  );
  return Object.fromEntries(rows.map(({ number, payload: { lost, short } }) => [number, { lost, short }]));
}
