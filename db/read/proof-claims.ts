import type { Check } from './proof-check.ts';

/** Claims, reservations and the queue against the orders that they are for, and against what has left. */

const ofClaim = `'claim/' || c.id as subject, c.sku, c.warehouse`;
const orderOf = `join reservation r on r.id = c.reservation_id join orders o on o.id = r.order_id`;

/** An undo may hold its stock for hours while a carrier is asked; longer than this, nobody works on it. */
const UNDO = `interval '1 day'`;
const buriedLongAgo = (row: string) => `exists (
  select 1 from step_decision d where d.order_id = ${row}.order_id and d.generation = ${row}.generation
    and d.step = '*' and d.undone_at < now() - ${UNDO})
  and not exists (select 1 from attention a where a.order_id = ${row}.order_id and a.resolved_at is null)`;

/** Why a claim can't be open any more; null where it can. */
const deadBecause = `case
  when o.ended_at is not null then 'the order is ' || o.stage
  when r.state <> 'open' then 'its reservation is ' || r.state
  when f.stage = 'cancelled' then 'its fulfillment is cancelled'
  when f.id is null and r.generation < o.generation then 'the order was begun anew'
  when f.stage is distinct from 'shipped' and ${buriedLongAgo('r')} then 'its undo does not go on'
end`;

const freeIt = 'POST /v1/attention/{this case}/mend gives it back to those who wait for it';
const lookAt = 'GET /v1/orders/{id} shows the order';

export const claimChecks: readonly Check[] = [
  {
    reason: 'shipped_without_movement',
    mend: 'book_shipment',
    sql: `select ${ofClaim}, coalesce(string_agg(m.quantity || ' from lot ' || m.lot_id, ', '), 'no movement') as says,
                 -c.quantity || ' from lot ' || coalesce(c.lot_id::text, 'none') as should, o.number as about
          from claim c ${orderOf}
          left join stock_movement m on m.reference = 'claim/' || c.id and m.reason = 'shipment'
          where c.state = 'shipped' group by c.id, o.number
          having count(m.id) <> 1 or min(m.quantity) <> -c.quantity or min(m.lot_id::text) is distinct from c.lot_id::text`,
    words: (it) =>
      `${it.sku} left ${it.warehouse} for order ${it.about}: the ledger has ${it.says}, and should have ${it.should}. Where there is no movement, POST /v1/attention/{this case}/mend books it; count the lot afterwards (POST /v1/counts), since an earlier count may have taken it off already. Where it differs, the row was changed behind Orderloom: restore it from a backup of the database`,
  },
  {
    reason: 'left_and_still_claimed',
    mend: 'book_shipment',
    sql: `select ${ofClaim}, 'open' as says, 'shipped' as should, o.number as about
          from claim c ${orderOf} join fulfillment f on f.id = c.fulfillment_id
          where c.state = 'open' and f.stage in ('shipped', 'delivered', 'closed')`,
    words: (it) =>
      `A parcel of order ${it.about} has left ${it.warehouse}, and its ${it.sku} is claimed still. POST /v1/attention/{this case}/mend books that it left; count the lot afterwards (POST /v1/counts)`,
  },
  {
    reason: 'movement_without_claim',
    mend: null,
    sql: `select 'stock_movement/' || m.id as subject, m.sku, m.warehouse,
                 m.reference || coalesce(' (' || c.state || ')', ' (gone)') as says, 'a shipped claim' as should,
                 m.quantity::text as about
          from stock_movement m left join claim c on m.reference = 'claim/' || c.id
          where m.reason = 'shipment' and c.state is distinct from 'shipped'`,
    words: (it) =>
      `The ledger has ${it.about} of ${it.sku} shipped from ${it.warehouse} for ${it.says}, which is no shipped claim: the claim was changed behind Orderloom. Restore its row from a backup of the database; until then count the lot (POST /v1/counts), so that on-hand is what the shelf holds`,
  },
  {
    reason: 'dead_claim',
    mend: 'release_claim',
    sql: `select ${ofClaim}, 'open' as says, 'released' as should, o.number || ': ' || ${deadBecause} as about
          from claim c ${orderOf} left join fulfillment f on f.id = c.fulfillment_id
          where c.state = 'open' and f.stage is distinct from 'shipped' and f.stage is distinct from 'delivered'
            and f.stage is distinct from 'closed' and ${deadBecause} is not null`,
    words: (it) =>
      `${it.sku} in ${it.warehouse} is held for nobody by order ${it.about}. ${lookAt}. See that its parcel did not leave; then ${freeIt}`,
  },
  {
    reason: 'dead_wait',
    mend: 'unqueue',
    sql: `select 'stock_wait/' || w.order_id || '/' || w.sku as subject, w.sku, null as warehouse,
                 'waits for ' || w.quantity as says, 'nothing' as should,
                 o.number || case when o.ended_at is not null then ', which is ' || o.stage
                                  when w.generation < o.generation then ', which was begun anew'
                                  else ', whose undo does not go on' end as about
          from stock_wait w join orders o on o.id = w.order_id
          where o.ended_at is not null or w.generation <> o.generation or ${buriedLongAgo('w')}`,
    words: (it) =>
      `The queue for ${it.sku} keeps a place for order ${it.about}. ${lookAt}. POST /v1/attention/{this case}/mend takes it out of the queue`,
  },
  {
    reason: 'reservation_empty',
    mend: 'release_reservation',
    sql: `select 'reservation/' || r.id as subject, min(l.sku) as sku, null as warehouse, 'no claims' as says,
                 'claims on what is to ship' as should, o.number as about
          from reservation r join orders o on o.id = r.order_id
          join order_line l on l.order_id = o.id and l.version = o.version and l.to_ship > 0 and l.sku is not null
          where r.state = 'open' and not exists (select 1 from claim c where c.reservation_id = r.id)
            and not exists (select 1 from stock_wait w where w.order_id = r.order_id and w.generation = r.generation)
          group by r.id, o.number`,
    words: (it) =>
      `Order ${it.about} has a reservation without any claim, so nothing is kept for it. Change the order in the shop, which begins it anew, or cancel it (POST /v1/orders/{id}/cancel). Then POST /v1/attention/{this case}/mend closes the empty reservation`,
  },
  {
    reason: 'shipped_differs',
    mend: null,
    sql: `select 'fulfillment/' || f.id as subject, l.sku, f.warehouse, coalesce(c.quantity, 0)::text as says,
                 l.quantity::text as should, o.number as about
          from (select fulfillment_id, sku, sum(quantity)::int as quantity from fulfillment_line group by 1, 2) l
          join fulfillment f on f.id = l.fulfillment_id join orders o on o.id = f.order_id
          left join (select fulfillment_id, sku, sum(quantity)::int as quantity from claim
                     where state <> 'released' and fulfillment_id is not null group by 1, 2) c
            on c.fulfillment_id = f.id and c.sku = l.sku
          where f.stage in ('shipped', 'delivered', 'closed') and l.quantity <> coalesce(c.quantity, 0)`,
    words: (it) =>
      `A parcel of order ${it.about} left ${it.warehouse} with ${it.should} of ${it.sku}, and claims on ${it.says}. Count ${it.sku} there (POST /v1/counts): the difference is booked when the count is approved. The row of the claim was changed behind Orderloom: restore it from a backup of the database`,
  },
  {
    reason: 'claim_misplaced',
    mend: null,
    sql: `select ${ofClaim}, c.sku || ' in ' || c.warehouse as says,
                 coalesce(l.sku, c.sku) || ' in ' || coalesce(l.warehouse, f.warehouse) as should, o.number as about
          from claim c ${orderOf} left join lot l on l.id = c.lot_id left join fulfillment f on f.id = c.fulfillment_id
          where (l.sku, l.warehouse) <> (c.sku, c.warehouse) or f.warehouse <> c.warehouse`,
    words: (it) =>
      `A claim of order ${it.about} is on ${it.says}, its lot or its fulfillment on ${it.should}. Reroute the order (POST /v1/orders/{id}/reroute), which takes the claim back and makes a new one; of a parcel that has left, restore the row from a backup of the database`,
  },
];
