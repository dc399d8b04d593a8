import type { Check, Found } from './proof-check.ts';

/** What the triggers keep: the numbers of levels and lots are sums over movements and claims. */

const movedAt = `(select warehouse, sku, sum(quantity)::int as quantity from stock_movement group by 1, 2)`;
const movedOf = `(select lot_id, sum(quantity)::int as quantity from stock_movement group by 1)`;
const claimedAt = `(select warehouse, sku, sum(quantity)::int as quantity from claim where state = 'open' group by 1, 2)`;
const claimedOf = `(select lot_id, sum(quantity)::int as quantity from claim where state = 'open' and lot_id is not null group by 1)`;
/** On-hand by state, from the ledger and not from the lots' own numbers. */
const stateAt = `(select l.warehouse, l.sku,
    coalesce(sum(m.quantity) filter (where l.state = 'sellable'), 0)::int as sellable,
    coalesce(sum(m.quantity) filter (where l.state <> 'sellable'), 0)::int as unsellable
  from lot l join ${movedOf} m on m.lot_id = l.id group by 1, 2)`;

const level = `'stock_level/' || warehouse || '/' || sku as subject, sku, warehouse`;
const lot = `'lot/' || l.id as subject, l.sku, l.warehouse`;

export const recountIt = 'POST /v1/attention/{this case}/mend lets the database count it anew from its rows';
const thenCount =
  'If the shelf holds another number than the movements, count it afterwards (POST /v1/counts)';
const movementsOf = ({ sku, warehouse }: Found) =>
  `GET /v1/movements?sku=${encodeURIComponent(sku)}&warehouse=${encodeURIComponent(warehouse ?? '')} lists them`;
const stockOf = ({ sku }: Found) => `GET /v1/stock/${encodeURIComponent(sku)} shows its lots`;

export const counterChecks: readonly Check[] = [
  {
    reason: 'on_hand_differs',
    mend: 'recount',
    sql: `select ${level}, coalesce(l.on_hand, 0)::text as says, coalesce(m.quantity, 0)::text as should,
                 coalesce(lots.quantity, 0)::text as about
          from stock_level l full join ${movedAt} m using (warehouse, sku)
          left join (select warehouse, sku, sum(on_hand)::int as quantity from lot group by 1, 2) lots using (warehouse, sku)
          where coalesce(l.on_hand, 0) <> coalesce(m.quantity, 0)`,
    words: (it) =>
      `${it.sku} in ${it.warehouse} says ${it.says} on hand, its movements add up to ${it.should} and its lots to ${it.about}. ${movementsOf(it)}. ${recountIt}. ${thenCount}`,
  },
  {
    reason: 'lot_on_hand_differs',
    mend: 'recount',
    sql: `select ${lot}, l.on_hand::text as says, coalesce(m.quantity, 0)::text as should, l.number as about
          from lot l left join ${movedOf} m on m.lot_id = l.id where l.on_hand <> coalesce(m.quantity, 0)`,
    words: (it) =>
      `Lot ${it.about} of ${it.sku} in ${it.warehouse} says ${it.says} on hand, its movements add up to ${it.should}. ${movementsOf(it)}. ${recountIt}. ${thenCount}`,
  },
  {
    reason: 'claimed_differs',
    mend: 'recount',
    sql: `select ${level}, coalesce(l.claimed, 0)::text as says, coalesce(c.quantity, 0)::text as should, null as about
          from stock_level l full join ${claimedAt} c using (warehouse, sku)
          where coalesce(l.claimed, 0) <> coalesce(c.quantity, 0)`,
    words: (it) =>
      `${it.sku} in ${it.warehouse} says ${it.says} claimed, the open claims of orders add up to ${it.should}. ${recountIt}`,
  },
  {
    reason: 'lot_claimed_differs',
    mend: 'recount',
    sql: `select ${lot}, l.claimed::text as says, coalesce(c.quantity, 0)::text as should, l.number as about
          from lot l left join ${claimedOf} c on c.lot_id = l.id where l.claimed <> coalesce(c.quantity, 0)`,
    words: (it) =>
      `Lot ${it.about} of ${it.sku} in ${it.warehouse} says ${it.says} claimed, the open claims on it add up to ${it.should}. ${recountIt}`,
  },
  {
    reason: 'unavailable_differs',
    mend: 'recount',
    sql: `select ${level}, coalesce(l.unavailable, 0)::text as says, coalesce(s.unsellable, 0)::text as should, null as about
          from stock_level l full join ${stateAt} s using (warehouse, sku)
          where coalesce(l.unavailable, 0) <> coalesce(s.unsellable, 0)`,
    words: (it) =>
      `${it.sku} in ${it.warehouse} says ${it.says} unavailable, its lots that are not sellable hold ${it.should}. ${stockOf(it)} and their states. ${recountIt}`,
  },
  {
    reason: 'oversold',
    mend: null,
    sql: `select ${level}, c.quantity::text as says, coalesce(s.sellable, 0)::text as should,
                 (c.quantity - coalesce(s.sellable, 0))::text as about
          from ${claimedAt} c left join ${stateAt} s using (warehouse, sku) where c.quantity > coalesce(s.sellable, 0)`,
    words: (it) =>
      `The open claims on ${it.sku} in ${it.warehouse} add up to ${it.says}, and only ${it.should} can be sold. Count it first (POST /v1/counts) and receive what is there. If it is not there, POST /v1/attention/{this case}/mend takes ${it.about} from the youngest orders, which then look for stock elsewhere`,
  },
  {
    reason: 'lot_oversold',
    mend: null,
    sql: `select ${lot}, c.quantity::text as says,
                 case when l.state = 'sellable' then coalesce(m.quantity, 0) else 0 end::text as should,
                 l.number || ' (' || l.state || ')' as about
          from ${claimedOf} c join lot l on l.id = c.lot_id left join ${movedOf} m on m.lot_id = l.id
          where c.quantity > case when l.state = 'sellable' then coalesce(m.quantity, 0) else 0 end`,
    words: (it) =>
      `The open claims on lot ${it.about} of ${it.sku} in ${it.warehouse} add up to ${it.says}, and only ${it.should} of it can be sold. Count it first (POST /v1/counts). If it is not there, POST /v1/attention/{this case}/mend takes what is too much from the youngest orders, which then look for stock elsewhere`,
  },
];
