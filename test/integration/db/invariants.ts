import { expect } from '@jest/globals';
import type { World } from './world.ts';

/** What must hold of stock between any two transactions. One row per break; none means that all hold. */
const breaks: Record<string, string> = {
  'claimed beyond what is sellable': `
    select warehouse, sku, claimed, on_hand, unavailable from stock_level
    where claimed < 0 or unavailable < 0 or claimed > on_hand - unavailable`,
  'claimed is not the sum of open claims': `
    select l.warehouse, l.sku, l.claimed, coalesce(sum(c.quantity), 0) as sum
    from stock_level l left join claim c on c.warehouse = l.warehouse and c.sku = l.sku and c.state = 'open'
    group by l.warehouse, l.sku having l.claimed <> coalesce(sum(c.quantity), 0)`,
  'on-hand is not the sum of movements': `
    select l.warehouse, l.sku, l.on_hand, coalesce(sum(m.quantity), 0) as sum
    from stock_level l left join stock_movement m on m.warehouse = l.warehouse and m.sku = l.sku
    group by l.warehouse, l.sku having l.on_hand <> coalesce(sum(m.quantity), 0)`,
  'a lot is not the sum of its movements': `
    select lot.id, lot.on_hand, coalesce(sum(m.quantity), 0) as sum
    from lot left join stock_movement m on m.lot_id = lot.id
    group by lot.id having lot.on_hand <> coalesce(sum(m.quantity), 0)`,
  'on-hand is not the sum of lots': `
    select l.warehouse, l.sku, l.on_hand, coalesce(sum(lot.on_hand), 0) as sum
    from stock_level l left join lot on lot.warehouse = l.warehouse and lot.sku = l.sku
    group by l.warehouse, l.sku having l.on_hand <> coalesce(sum(lot.on_hand), 0)`,
  'unavailable is not the sum of what is not sellable': `
    select l.warehouse, l.sku, l.unavailable, coalesce(sum(lot.on_hand), 0) as sum from stock_level l
    left join lot on lot.warehouse = l.warehouse and lot.sku = l.sku and lot.state <> 'sellable'
    group by l.warehouse, l.sku having l.unavailable <> coalesce(sum(lot.on_hand), 0)`,
  'what a lot has promised is not the sum of claims on it': `
    select lot.id, lot.claimed, coalesce(sum(c.quantity), 0) as sum
    from lot left join claim c on c.lot_id = lot.id and c.state = 'open'
    group by lot.id having lot.claimed <> coalesce(sum(c.quantity), 0)`,
  'a lot promised twice': `
    select lot.id, lot.on_hand, sum(c.quantity) from lot join claim c on c.lot_id = lot.id and c.state = 'open'
    group by lot.id having sum(c.quantity) > lot.on_hand`,
  'a batch on sale that was called back': `
    select lot.warehouse, lot.sku, lot.number from lot join recall r on r.sku = lot.sku and r.lot = lot.number
    where lot.state <> 'recalled'`,
  'units of a lot whose last day is over when they ship': `
    select c.id, lot.number, lot.expires_at, f.ship_day from claim c
    join lot on lot.id = c.lot_id join fulfillment f on f.id = c.fulfillment_id
    where c.state in ('open', 'shipped') and lot.expires_at < f.ship_day`,
  'a shipped claim without its one movement': `
    select c.id, count(m.id) from claim c
    left join stock_movement m on m.reference = 'claim/' || c.id and m.reason = 'shipment'
      and m.quantity = -c.quantity and m.lot_id = c.lot_id
    where c.state = 'shipped' group by c.id having count(m.id) <> 1`,
  'a movement out without its shipped claim': `
    select m.id from stock_movement m left join claim c on m.reference = 'claim/' || c.id and c.state = 'shipped'
    where m.reason = 'shipment' and c.id is null`,
  'an order waiting for what it holds': `
    select w.order_id, w.sku, w.quantity, h.quantity as held, d.quantity as wanted
    from stock_wait w
    join (select o.id as order_id, l.sku, sum(l.to_ship) as quantity from orders o
          join order_line l on l.order_id = o.id and l.version = o.version group by 1, 2) d
      on d.order_id = w.order_id and d.sku = w.sku
    join (select r.order_id, c.sku, sum(c.quantity) as quantity from reservation r
          join claim c on c.reservation_id = r.id and c.state <> 'released' group by 1, 2) h
      on h.order_id = w.order_id and h.sku = w.sku
    where w.quantity + h.quantity > d.quantity`,
  'a first reservation that does not hold the whole demand and gave nothing up': `
    select r.order_id, l.sku, l.quantity, coalesce(c.quantity, 0) as held
    from reservation r
    join (select order_id, sku, sum(to_ship) as quantity from order_line where version = 1 group by 1, 2) l
      on l.order_id = r.order_id
    left join (select reservation_id, sku, sum(quantity) as quantity from claim where state <> 'released'
               group by 1, 2) c on c.reservation_id = r.id and c.sku = l.sku
    where r.state = 'open' and r.generation = 1 and l.quantity > 0 and coalesce(c.quantity, 0) <> l.quantity
      and not exists (select 1 from audit a where a.order_id = r.order_id and a.what in ('stock_lost', 'stock_given_back', 'rerouted'))`,
};

const all = Object.entries(breaks)
  .map(([what, sql]) => `select '${what}' as what, to_jsonb(found) as row from (${sql}) found`)
  .join(' union all ');

/** In one question, so that it can be asked often. */
export async function expectSoundStock(world: World): Promise<void> {
  expect(await world.query(all)).toEqual([]);
}
