import type { OrderSnapshot } from '../domain/order.ts';
import type { Em } from './database.ts';

/** One order as the steps need it: its row, its newest content, and its store's settings. */
export interface OrderContent {
  id: string;
  storeId: string;
  externalId: string;
  number: string;
  workflowId: string;
  disposition: 'fulfill' | 'record';
  stage: string;
  generation: number;
  version: number;
  country: string | null;
  currency: string;
  priority: number;
  customerKey: string | null;
  endedAt: Date | null;
  snapshot: OrderSnapshot;
  platform: string;
  policy: Record<string, unknown>;
}

export async function readOrderContent(em: Em, orderId: string): Promise<OrderContent> {
  const [row] = await em.execute<OrderContent[]>(
    `select o.id, o.store_id as "storeId", o.external_id as "externalId", o.number, o.workflow_id as "workflowId",
            o.disposition, o.stage, o.generation, o.version, o.country, o.currency, o.priority,
            o.customer_key as "customerKey", o.ended_at as "endedAt", v.snapshot, s.platform, s.policy
     from orders o join order_version v on v.order_id = o.id and v.version = o.version
     join store s on s.id = o.store_id where o.id = ?`,
    [orderId],
  );
  if (!row) throw new Error(`No order ${orderId}`);
  return row;
}

export interface LineToShip {
  externalId: string;
  sku: string;
  title: string;
  quantity: number;
  unitPrice: number;
}

/** What of the newest content no fulfillment has yet, neither one that has left nor one that is about to. */
export async function readLinesToShip(em: Em, orderId: string): Promise<LineToShip[]> {
  return em.execute<LineToShip[]>(
    `select l.external_id as "externalId", l.sku, l.title, (l.to_ship - coalesce(gone.quantity, 0))::int as quantity,
            l.unit_price::float8 as "unitPrice"
     from order_line l join orders o on o.id = l.order_id and o.version = l.version
     left join (select fl.line_external_id, sum(fl.quantity) as quantity
                from fulfillment_line fl join fulfillment f on f.id = fl.fulfillment_id
                where f.order_id = ? and f.stage <> 'cancelled' group by 1) gone
       on gone.line_external_id = l.external_id
     where l.order_id = ? and l.to_ship > coalesce(gone.quantity, 0) order by l.position`,
    [orderId, orderId],
  );
}
