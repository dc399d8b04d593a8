import type { Em } from '../database.ts';

export interface ParcelFacts {
  fulfillmentId: string;
  id: string;
  position: number;
  /** null: a packaging of its own. */
  box: string | null;
  weightGrams: number;
  /** Millimeters, outside. */
  dimensions: { length: number; width: number; height: number };
  items: { sku: string; quantity: number }[];
  /** The label in force, or null where none is bought or its document is kept no more. */
  labelId: string | null;
  carrier: string | null;
  trackingNumber: string | null;
  trackingStatus: string | null;
  trackingError: string | null;
  cost: number | null;
  currency: string | null;
}

export interface FulfillmentFacts {
  id: string;
  orderId: string;
  warehouse: string;
  stage: string;
  carrier: string | null;
  service: string | null;
  trackingNumber: string | null;
  /** YYYY-MM-DD: when its warehouse is to ship it. */
  shipDay: string | null;
  labelledAt: string | null;
  shippedAt: string | null;
  deliveredAt: string | null;
  lines: { externalId: string; sku: string; quantity: number }[];
  parcels: ParcelFacts[];
}

/** Those of the order's present way, and of earlier ways what was not undone. */
export async function readFulfillments(em: Em, orderId: string): Promise<FulfillmentFacts[]> {
  const rows = await em.execute<Omit<FulfillmentFacts, 'parcels'>[]>(
    `select f.id, f.order_id as "orderId", f.warehouse, f.stage, f.carrier, f.service,
            f.tracking_number as "trackingNumber", to_char(f.ship_day, 'YYYY-MM-DD') as "shipDay",
            to_jsonb(f.labelled_at) #>> '{}' as "labelledAt", to_jsonb(f.shipped_at) #>> '{}' as "shippedAt", to_jsonb(f.delivered_at) #>> '{}' as "deliveredAt",
            (select coalesce(jsonb_agg(jsonb_build_object('externalId', line_external_id, 'sku', sku,
                      'quantity', quantity) order by line_external_id), '[]')
             from fulfillment_line where fulfillment_id = f.id) as lines
     from fulfillment f join orders o on o.id = f.order_id
     where f.order_id = ? and (f.generation = o.generation or f.stage <> 'cancelled')
     order by f.generation, f.position`,
    [orderId],
  );
  const parcels = await readParcels(em, orderId);
  return rows.map((row) => ({
    ...row,
    parcels: parcels.filter(({ fulfillmentId }) => fulfillmentId === row.id),
  }));
}

async function readParcels(em: Em, orderId: string): Promise<ParcelFacts[]> {
  return em.execute<ParcelFacts[]>(
    `select p.fulfillment_id as "fulfillmentId", p.id, p.position, p.box, p.weight_grams as "weightGrams",
            p.dimensions_mm as dimensions, p.items, case when l.document <> '' then l.id end as "labelId", l.carrier,
            l.tracking_number as "trackingNumber", l.tracking_status as "trackingStatus",
            l.tracking_error as "trackingError", l.cost::float8 as cost, l.currency
     from parcel p join fulfillment f on f.id = p.fulfillment_id
     left join label_purchase u on u.parcel_id = p.id and u.state = 'bought'
     left join label l on l.purchase_id = u.id and l.voided_at is null
     where f.order_id = ? order by p.fulfillment_id, p.position`,
    [orderId],
  );
}

/** The order that a fulfillment is part of. */
export async function readFulfillmentOrder(em: Em, id: string): Promise<{ orderId: string } | null> {
  const [row] = await em.execute<{ orderId: string }[]>(
    'select order_id as "orderId" from fulfillment where id = ?',
    [id],
  );
  return row ?? null;
}

export async function readLabel(
  em: Em,
  id: string,
): Promise<{ format: string; document: Buffer; trackingNumber: string } | null> {
  const [label] = await em.execute<{ format: string; document: Buffer; trackingNumber: string }[]>(
    'select format, document, tracking_number as "trackingNumber" from label where id = ?',
    [id],
  );
  return label ?? null;
}
