import type { Address, OrderSnapshot } from '../domain/order.ts';
import type { Em } from './database.ts';

/** One box with all that a carrier must know of it. */
export interface ParcelToShip {
  id: string;
  orderVersion: number;
  weightGrams: number;
  dimensions: { length: number; width: number; height: number };
  from: Address;
  /** The content that its fulfillment was made for. */
  snapshot: OrderSnapshot;
  items: {
    sku: string;
    quantity: number;
    title: string;
    weightGrams: number;
    hsCode: string | null;
    originCountry: string | null;
    unitPrice: number;
  }[];
}

export async function readParcelsToShip(em: Em, fulfillmentId: string): Promise<ParcelToShip[]> {
  return em.execute<ParcelToShip[]>(
    `select c.id, f.order_version as "orderVersion", c.weight_grams as "weightGrams", c.dimensions_mm as dimensions,
            w.address as "from", v.snapshot,
            (select jsonb_agg(jsonb_build_object('sku', p.sku, 'quantity', (item ->> 'quantity')::int,
                      'title', coalesce(line.title, p.name), 'weightGrams', p.weight_grams, 'hsCode', p.hs_code,
                      'originCountry', p.origin_country, 'unitPrice', coalesce(line.unit_price, 0)) order by p.sku)
             from jsonb_array_elements(c.items) item join product p on p.sku = item ->> 'sku'
             left join lateral (select l.title, l.unit_price from order_line l
                                where l.order_id = f.order_id and l.version = f.order_version and l.sku = p.sku
                                order by l.position limit 1) line on true) as items
     from parcel c join fulfillment f on f.id = c.fulfillment_id join warehouse w on w.code = f.warehouse
     join order_version v on v.order_id = f.order_id and v.version = f.order_version
     where f.id = ? order by c.position`,
    [fulfillmentId],
  );
}
