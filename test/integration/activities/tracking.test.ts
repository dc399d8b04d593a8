import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v7 as uuid } from 'uuid';
import { pollTracking, recordPushedScan, recordScans } from '../../../activities/tracking.ts';
import { createCarrierRegistry } from '../../../connectors/carriers/registry.ts';
import type { TrackingScan } from '../../../connectors/carriers/carrier.ts';
import type { TrackingStatus } from '../../../domain/tracking.ts';
import { createWorld, type World } from '../db/world.ts';
import { createFakeCarrier, type FakeCarrier, lost, refused } from './fake-carrier.ts';

let world: World;
let carrier: FakeCarrier;
let accountId: string;
let storeId: string;

beforeAll(async () => {
  carrier = createFakeCarrier('fast');
  world = await createWorld({ carriers: [carrier.carrier] });
  await world.warehouse('B');
  accountId = await world.carrierAccount('fast');
  storeId = await world.store();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.query('update label set tracking_due_at = null');
  await world.query('delete from outbox');
  carrier.calls.length = 0;
});

const scan = (status: TrackingStatus, minute: number): TrackingScan => ({
  status,
  code: status.toUpperCase(),
  at: `2026-11-24T10:${String(minute).padStart(2, '0')}:00Z`,
  description: status,
  place: 'Hamburg, DE',
});

let orders = 0;

/** A fulfillment of so many labelled parcels. */
async function labelled(
  parcels: number,
  account = accountId,
): Promise<{ fulfillmentId: string; orderId: string; labels: string[] }> {
  const orderId = await world.order(storeId, { externalId: `${++orders}` });
  const fulfillmentId = uuid();
  await world.query(
    `insert into fulfillment (id, order_id, generation, position, warehouse, order_version, stage)
     values (?, ?, 1, 1, 'B', 1, 'labelled')`,
    [fulfillmentId, orderId],
  );
  const labels: string[] = [];
  for (let position = 1; position <= parcels; position++)
    labels.push(await parcel(fulfillmentId, position, account));
  return { fulfillmentId, orderId, labels };
}

async function parcel(fulfillmentId: string, position: number, account: string): Promise<string> {
  const [parcelId, purchaseId, labelId] = [uuid(), uuid(), uuid()];
  await world.query(
    `insert into parcel (id, fulfillment_id, position, weight_grams, dimensions_mm, items) values (?, ?, ?, 100, '{}', '[]')`,
    [parcelId, fulfillmentId, position],
  );
  await world.query(
    `insert into label_purchase (id, parcel_id, generation, key, carrier_account_id, service, order_version, request, state)
     values (?, ?, 1, ?, ?, 's', 1, '{}', 'bought')`,
    [purchaseId, parcelId, purchaseId, account],
  );
  await world.query(
    `insert into label (id, purchase_id, carrier, tracking_number, shipment_id, cost, currency, format, document, tracking_due_at)
     values (?, ?, 'fast', ?, 's', 1, 'EUR', 'PDF', '', now())`,
    [labelId, purchaseId, `N-${labelId}`],
  );
  return labelId;
}

/** The stages that the order's workflow is told, in their order. */
const told = async (fulfillmentId: string) =>
  (
    await world.query<{ stage: string }>(
      `select payload ->> 'stage' as stage from outbox
       where signal = 'tracking' and payload ->> 'fulfillmentId' = ? order by seq`,
      [fulfillmentId],
    )
  ).map(({ stage }) => stage);

describe('scans', () => {
  it('hand over with the first parcel and deliver with the last, each told once', async () => {
    const { fulfillmentId, orderId, labels } = await labelled(2);
    const [first, second] = labels as [string, string];
    await recordScans(world.deps, first, [scan('label_created', 0)]);
    expect(await told(fulfillmentId)).toEqual([]);
    await recordScans(world.deps, first, [scan('label_created', 0), scan('in_transit', 5)]);
    expect(await told(fulfillmentId)).toEqual(['shipped']);
    await recordScans(world.deps, second, [scan('in_transit', 6)]);
    await recordScans(world.deps, first, [scan('delivered', 20)]);
    expect(await told(fulfillmentId)).toEqual(['shipped']);
    await recordScans(world.deps, second, [scan('delivered', 30)]);
    await recordScans(world.deps, second, [scan('delivered', 30), scan('out_for_delivery', 25)]);
    expect(await told(fulfillmentId)).toEqual(['shipped', 'delivered']);
    expect(await world.query('select distinct workflow_id as id from outbox')).toEqual([
      { id: `order:${storeId}:${orders}` },
    ]);
    expect(orderId).toBeTruthy();
  });

  it('lead to the same end in any order, with any duplicates, also beside each other', async () => {
    const way = [
      scan('label_created', 0),
      scan('handed_over', 5),
      scan('in_transit', 10),
      scan('exception', 12),
    ];
    const all = [...way, scan('in_transit', 15), scan('out_for_delivery', 20), scan('delivered', 30)];
    const arrivals = fc.record({
      order: fc.shuffledSubarray(
        [0, 1].flatMap((parcel) => all.map((_, index) => ({ parcel, index }))),
        { minLength: 2 * all.length },
      ),
      again: fc.array(fc.record({ parcel: fc.nat(1), index: fc.nat(all.length - 1) }), { maxLength: 5 }),
      beside: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ order, again, beside }) => {
        const { fulfillmentId, labels } = await labelled(2);
        const arrive = ({ parcel, index }: { parcel: number; index: number }) =>
          recordScans(world.deps, labels[parcel]!, [all[index]!]);
        if (beside) await Promise.all([...order, ...again].map(arrive));
        else for (const one of [...order, ...again]) await arrive(one);
        const stages = await told(fulfillmentId);
        expect(stages.at(-1)).toBe('delivered');
        expect(['shipped,delivered', 'delivered']).toContain(stages.join());
        expect(
          await world.query(
            `select distinct tracking_status as status, tracking_due_at as due from label where id in (?)`,
            [labels],
          ),
        ).toEqual([{ status: 'delivered', due: null }]);
        expect(
          await world.query('select count(*)::int as n from tracking_event where label_id in (?)', [labels]),
        ).toEqual([{ n: 2 * all.length }]);
      }),
      { numRuns: 20, seed: 3 },
    );
  });

  it('of a parcel that came back say that it had left, never that it arrived', async () => {
    const { fulfillmentId, labels } = await labelled(1);
    await recordScans(world.deps, labels[0]!, [
      scan('in_transit', 1),
      scan('exception', 2),
      scan('returned', 3),
    ]);
    expect(await told(fulfillmentId)).toEqual(['shipped']);
    expect(
      await world.query('select tracking_status as status, tracking_due_at as due from label where id = ?', [
        labels[0],
      ]),
    ).toEqual([{ status: 'returned', due: null }]);
  });

  it('of a voided label do not count, and those of an unknown one are nothing', async () => {
    const { fulfillmentId, labels } = await labelled(2);
    await world.query('update label set voided_at = now() where id = ?', [labels[1]]);
    await recordScans(world.deps, labels[0]!, [scan('delivered', 9)]);
    expect(await told(fulfillmentId)).toEqual(['delivered']);
    expect(await recordPushedScan(world.deps, `N-${labels[1]}`, scan('delivered', 9))).toBe(false);
    const before = await world.contents();
    await recordScans(world.deps, uuid(), [scan('delivered', 9)]);
    expect(await recordPushedScan(world.deps, 'unknown', scan('delivered', 9))).toBe(false);
    expect(await world.contents()).toEqual(before);
  });

  it('that the carrier pushes and those that it is asked for are the same', async () => {
    const { fulfillmentId, labels } = await labelled(1);
    expect(await recordPushedScan(world.deps, `N-${labels[0]}`, scan('in_transit', 1))).toBe(true);
    await recordScans(world.deps, labels[0]!, [scan('in_transit', 1)]);
    expect(await told(fulfillmentId)).toEqual(['shipped']);
    expect(
      await world.query('select count(*)::int as n from tracking_event where label_id = ?', [labels[0]]),
    ).toEqual([{ n: 1 }]);
  });
});

describe('asking carriers', () => {
  it('takes each parcel whose turn it is once, also from many processes at once', async () => {
    const { labels } = await labelled(4);
    await world.query(`update label set tracking_due_at = now() + interval '1 hour' where id = ?`, [
      labels[3],
    ]);
    for (const id of labels) carrier.scans.set(`N-${id}`, [scan('in_transit', 1)]);
    const taken = await Promise.all(Array.from({ length: 5 }, () => pollTracking(world.deps, 600)));
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(carrier.calls).toEqual(['track', 'track', 'track']);
    expect(await pollTracking(world.deps, 600)).toBe(0);
  });

  it('asks a carrier that does not answer no further, and begins with the other parcels the next time', async () => {
    const { labels } = await labelled(3);
    for (const id of labels) carrier.scans.set(`N-${id}`, [scan('in_transit', 1)]);
    carrier.fail('track', lost);
    expect(await pollTracking(world.deps, 600)).toBe(1);
    expect(await standing(labels)).toEqual([
      { status: null, error: null, due: true },
      { status: null, error: null, due: true },
      { status: null, error: 'timeout', due: false },
    ]);
    expect(await pollTracking(world.deps, 600)).toBe(2);
    expect(await pollTracking(world.deps, 600)).toBe(0);
    await world.query('update label set tracking_due_at = now() where tracking_error is not null');
    await pollTracking(world.deps, 600);
    const read = { status: 'in_transit', error: null, due: false };
    expect(await standing(labels)).toEqual([read, read, read]);
  });

  it('goes on where it refuses to say anything of one parcel', async () => {
    const { labels } = await labelled(3);
    for (const id of labels) carrier.scans.set(`N-${id}`, [scan('in_transit', 1)]);
    carrier.fail('track', refused);
    expect(await pollTracking(world.deps, 600)).toBe(3);
    const read = { status: 'in_transit', error: null, due: false };
    expect(await standing(labels)).toEqual([read, read, { status: null, error: '120802', due: false }]);
  });

  it('keeps no carrier waiting for another that does not answer', async () => {
    await labelled(1);
    const quick = createFakeCarrier('other');
    const deps = { ...world.deps, carriers: createCarrierRegistry([carrier.carrier, quick.carrier]) };
    const other = await world.carrierAccount('other');
    const [label] = (await labelled(1, other)).labels;
    quick.scans.set(`N-${label}`, [scan('in_transit', 1)]);
    const heard = Promise.withResolvers<void>();
    carrier.meanwhile('track', () => heard.promise);
    const polling = pollTracking(deps, 600);
    await untilRead(label!);
    heard.resolve();
    expect(await polling).toBe(2);
  });
});

const standing = (labels: readonly string[]) =>
  world.query(
    `select tracking_status as status, tracking_error as error, tracking_due_at <= now() as due from label
     where id in (?) order by tracking_error is not null, id`,
    [labels],
  );

async function untilRead(label: string): Promise<void> {
  for (;;) {
    const rows = await world.query('select 1 from label where id = ? and tracking_status is not null', [
      label,
    ]);
    if (rows.length > 0) return;
  }
}
