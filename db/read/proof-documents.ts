import type { Check } from './proof-check.ts';

/** The ledger against the lots and the documents that it tells of. */

const ofMovement = `'stock_movement/' || m.id as subject, m.sku, m.warehouse`;
const restore =
  'The ledger is only ever added to, so the row was changed behind Orderloom: restore it from a backup of the database';

export const documentChecks: readonly Check[] = [
  {
    reason: 'movement_misplaced',
    mend: null,
    sql: `select ${ofMovement}, m.sku || ' in ' || m.warehouse as says, l.sku || ' in ' || l.warehouse as should,
                 l.number as about
          from stock_movement m join lot l on l.id = m.lot_id where (l.sku, l.warehouse) <> (m.sku, m.warehouse)`,
    words: (it) => `A movement of ${it.says} is on lot ${it.about}, which is ${it.should}. ${restore}`,
  },
  {
    reason: 'movement_cost_differs',
    mend: null,
    sql: `select ${ofMovement}, m.unit_cost || ' ' || m.currency as says, l.unit_cost || ' ' || l.currency as should,
                 l.number as about
          from stock_movement m join lot l on l.id = m.lot_id
          where (l.unit_cost, l.currency) <> (m.unit_cost, m.currency)`,
    words: (it) =>
      `A movement of ${it.sku} in ${it.warehouse} was booked at ${it.says} a unit (minor units), and its lot ${it.about} costs ${it.should}. See what was paid on the receipt. Where the lot is wrong, give it that cost again; where the movement is: ${restore.charAt(0).toLowerCase()}${restore.slice(1)}`,
  },
  {
    reason: 'purchase_order_received_differs',
    mend: 'put_down_received',
    sql: `select 'purchase_order_line/' || l.purchase_order_id || '/' || l.position as subject, l.sku, p.warehouse,
                 l.received::text as says, coalesce(m.quantity, 0)::text as should, p.number as about
          from purchase_order_line l join purchase_order p on p.id = l.purchase_order_id
          left join (select r.purchase_order_id, m.sku, sum(m.quantity)::int as quantity
                     from receipt r join stock_movement m
                       on m.reason = 'receipt' and split_part(m.reference, '/', 2) = r.id::text
                     where r.purchase_order_id is not null group by 1, 2) m
            on m.purchase_order_id = l.purchase_order_id and m.sku = l.sku
          where l.received <> coalesce(m.quantity, 0)`,
    words: (it) =>
      `${it.about} says that ${it.says} of ${it.sku} were received, the receipts for it add up to ${it.should}. GET /v1/movements?sku=${encodeURIComponent(it.sku)}&reason=receipt lists them. POST /v1/attention/{this case}/mend puts down what was received`,
  },
  {
    reason: 'transfer_differs',
    mend: null,
    sql: `select 'transfer_line/' || l.transfer_id || '/' || l.position as subject, l.sku, t.from_warehouse as warehouse,
                 l.sent || ' sent, ' || l.received || ' received' as says,
                 l.out || ' sent, ' || l.arrived || ' received' as should, t.number as about
          from (select l.transfer_id, min(l.position) as position, l.sku,
                       sum(case when t.state = 'draft' then 0 else l.quantity end)::int as sent,
                       sum(l.received)::int as received, coalesce(m.out, 0) as out, coalesce(m.arrived, 0) as arrived,
                       sum(case when t.state = 'closed' then l.quantity - l.received - l.lost else 0 end)::int as open
                from transfer_line l join transfer t on t.id = l.transfer_id
                left join (select split_part(reference, '/', 2) as transfer_id, sku,
                                  -coalesce(sum(quantity) filter (where reason = 'transfer_out'), 0)::int as out,
                                  coalesce(sum(quantity) filter (where reason = 'transfer_in'), 0)::int as arrived
                           from stock_movement where reason in ('transfer_out', 'transfer_in') group by 1, 2) m
                  on m.transfer_id = l.transfer_id::text and m.sku = l.sku
                group by l.transfer_id, l.sku, m.out, m.arrived) l
          join transfer t on t.id = l.transfer_id
          where l.sent <> l.out or l.received <> l.arrived or l.open <> 0`,
    words: (it) =>
      `Transfer ${it.about} says of ${it.sku} ${it.says}; its movements say ${it.should}, and a closed one has nothing on its way. GET /v1/movements?sku=${encodeURIComponent(it.sku)} lists them. Count ${it.sku} in both warehouses (POST /v1/counts); the row of the transfer was changed behind Orderloom: restore it from a backup of the database`,
  },
];
