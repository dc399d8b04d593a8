/** What must hold whatever happened, read from the tables and from the outside parties. */
import { expect } from '@jest/globals';
import type { System } from './system.ts';

/** On-hand is the sum of the movements, claimed that of the open claims, per level and per lot; none is oversold. */
export async function expectStockAddsUp(system: System): Promise<void> {
  const wrongLevels = await system.sql(
    `select l.*, moved.quantity as moved, held.quantity as held from stock_level l
     left join lateral (select coalesce(sum(quantity), 0)::int as quantity from stock_movement m
                        where m.warehouse = l.warehouse and m.sku = l.sku) moved on true
     left join lateral (select coalesce(sum(quantity), 0)::int as quantity from claim c
                        where c.warehouse = l.warehouse and c.sku = l.sku and c.state = 'open') held on true
     where l.on_hand <> moved.quantity or l.claimed <> held.quantity or l.claimed > l.on_hand - l.unavailable`,
  );
  const wrongLots = await system.sql(
    `select lot.* from lot where lot.on_hand <> (
       select coalesce(sum(quantity), 0) from stock_movement m where m.lot_id = lot.id) or lot.on_hand < (
       select coalesce(sum(quantity), 0) from claim c where c.lot_id = lot.id and c.state = 'open')`,
  );
  expect({ wrongLevels, wrongLots }).toEqual({ wrongLevels: [], wrongLots: [] });
}

/**
 * The carrier's own books against ours: what it was paid for and did not void is exactly what our parcels have, one
 * label for each parcel of a live fulfillment.
 */
export async function expectLabelsPaidOnce(system: System, account = 'main'): Promise<void> {
  const paid = await system.sandbox.ups(account).labels();
  const live = paid.filter(({ voided }) => !voided).map(({ trackingNumber }) => trackingNumber);
  const recorded = await system.sql<{ number: string }>(
    `select l.tracking_number as number from label l join label_purchase p on p.id = l.purchase_id
     where l.carrier = 'ups' and l.voided_at is null and p.state = 'bought'`,
  );
  expect(live.sort()).toEqual(recorded.map(({ number }) => number).sort());
  const wrongParcels = await system.sql(
    `select c.id, f.order_id, f.stage, count(l.id) from parcel c join fulfillment f on f.id = c.fulfillment_id
     left join label_purchase p on p.parcel_id = c.id left join label l on l.purchase_id = p.id and l.voided_at is null
     group by c.id, f.order_id, f.stage having count(l.id) <> case when f.stage = 'cancelled' then 0 else 1 end`,
  );
  expect(wrongParcels).toEqual([]);
}

/** Each event that was answered 200 is in the inbox, read. */
export async function expectNoWebhookMissing(system: System): Promise<void> {
  const answered = (await system.sandbox.deliveries()).filter(
    ({ status, topic }) => status === 200 && topic !== 'ping',
  );
  const rows = await system.sql<{ key: string; topic: string; resource: string; state: string }>(
    `select key, topic, order_external_id as resource, state from inbox where source like 'store/%'`,
  );
  const shopify = new Map(rows.map((row) => [row.key, row.state]));
  const woo = new Map(rows.map((row) => [`${row.topic}/${row.resource}`, row.state]));
  const missing = answered
    .map((delivery) => {
      const { party, topic, resource, deliveryId } = delivery;
      const state = party === 'shopify' ? shopify.get(deliveryId) : woo.get(`${topic}/${resource}`);
      return { ...delivery, inbox: state ?? 'not there' };
    })
    .filter(({ inbox }) => inbox !== 'applied');
  expect(missing).toEqual([]);
  expect(rows.filter(({ state }) => state !== 'applied')).toEqual([]);
}
