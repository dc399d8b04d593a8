/** What must hold of a cell's order, by the outside parties' word and by ours. */
import { expect } from '@jest/globals';
import type { Column } from './faults.ts';
import { labelsOf, type Placed } from './place.ts';
import type { Standing, World } from '../world.ts';

interface Expected {
  operation: string;
  step: string;
  /** Attempts at the step that end before they come to the call. */
  spent: number;
  column: Column;
  /** The sandbox's fault. */
  fault: number;
}

/** It stopped where it should, for a reason that is true, and nothing was done twice until then. */
export async function expectStopped(
  world: World,
  placed: Placed,
  order: Standing,
  { operation, step, spent, column, fault }: Expected,
): Promise<void> {
  const [party] = operation.split('.') as [string];
  const fair = column.kind === 'refusal' ? [`${party}_refused`] : [`${party}_unavailable`];
  // Of a refusal that is cut in half its code is lost: it was one, all the same.
  if (column.fault.fault === 'malformed') fair.push(`${party}_refused`);
  // The last word may be that a label was looked for a moment too early to believe that there is none.
  if (step === 'label' && column.kind !== 'refusal') fair.push('carrier_unavailable');
  expect(order.attention.map((one) => one.step)).toEqual([step]);
  expect(fair).toContain(order.attention[0]!.reason);
  const struck = (await world.system.sandbox.faults()).find(({ id }) => id === fault);
  expect(struck!.hits).toBeGreaterThanOrEqual(leastHits(step, column) - spent);
  const { labels } = await labelsAt(world, placed);
  expect(labels.filter(({ voided }) => !voided).length).toBeLessThanOrEqual(1);
  const { received, refunds } = await placed.look().catch(() => ({ received: 0, refunds: [] }));
  expect(sum(refunds)).toBeLessThanOrEqual(received);
}

/** It is where it should be in the end, each thing done once. */
export async function expectDone(world: World, placed: Placed): Promise<void> {
  const { labels, ours, parcels } = await labelsAt(world, placed);
  const live = labels.filter(({ voided }) => !voided).map(({ trackingNumber }) => trackingNumber);
  const closed = placed.end === 'closed';
  expect(live.toSorted()).toEqual(ours);
  expect({ live: live.length, parcels }).toEqual({ live: closed ? parcels : 0, parcels });
  expect(labels.length - live.length).toBe(closed ? placed.redone : 1);
  const seen = await placed.look();
  const value = seen.received;
  if (seen.customerTold !== null) expect(seen.customerTold).toBe(1);
  expect(value).toBeGreaterThan(0);
  expect(seen.refunds).toEqual(closed ? [] : [value]);
  if (placed.told) expect(seen.shipments).toEqual(closed ? live : []);
  if (placed.told) expect(seen.cancelled).toBe(!closed);
  const [books] = await world.sql<{ paid: number; given: number; claimed: number }>(bookedOf, [
    placed.orderId,
  ]);
  expect(books).toEqual({ paid: value, given: sum(seen.refunds), claimed: 0 });
}

async function labelsAt(world: World, { orderId, name }: Placed) {
  const labels = await world.ups.labelsTo(name);
  const ours = (await world.sql<{ number: string }>(labelsOf, [orderId])).map(({ number }) => number);
  const [count] = await world.sql<{ parcels: number }>(
    `select count(*)::int as parcels from parcel c join fulfillment f on f.id = c.fulfillment_id
     where f.order_id = $1 and f.stage <> 'cancelled'`,
    [orderId],
  );
  return { labels, ours, parcels: count!.parcels };
}

const bookedOf = `
  select (select coalesce(sum(amount), 0)::int from payment where order_id = $1 and kind = 'capture') as paid,
         (select coalesce(sum(amount), 0)::int from refund where order_id = $1 and state = 'done') as given,
         (select coalesce(sum(quantity), 0)::int from claim c
            join reservation r on r.id = c.reservation_id where r.order_id = $1 and c.state = 'open') as claimed`;

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** A refusal is final; of the attempts at a label some only look for one. */
function leastHits(step: string, { kind, fault }: Column): number {
  if (kind === 'refusal' || step === 'label') return 1;
  return fault.fault === 'malformed' ? 2 : 3;
}
