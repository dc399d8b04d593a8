import type { Address, OrderSnapshot } from '../../domain/order.ts';
import type { LineToFulfill } from '../../domain/eligibility.ts';
import type { Box } from '../../domain/shipment.ts';
import { compareText } from '../../domain/compare.ts';
import type { Em } from '../database.ts';
import type { PreviewedFulfillment } from '../stock/preview.ts';

/** What an order holds already, as it would be free to itself. */
export async function readOwnClaims(
  em: Em,
  orderId: string,
): Promise<{ warehouse: string; sku: string; quantity: number }[]> {
  return em.execute(
    `select c.warehouse, c.sku, sum(c.quantity)::int as quantity
     from claim c join reservation r on r.id = c.reservation_id
     left join fulfillment f on f.id = c.fulfillment_id
     where r.order_id = ? and c.state = 'open' and (f.id is null or f.stage = 'allocated') group by 1, 2`,
    [orderId],
  );
}

/** What no label was bought for yet: what an existing order would be asked to ship if it were allocated now. */
export async function readUnlabelled(em: Em, orderId: string): Promise<LineToFulfill[]> {
  return em.execute<LineToFulfill[]>(
    `select l.external_id as "externalId", l.sku, (l.to_ship - coalesce(gone.quantity, 0))::int as quantity
     from order_line l join orders o on o.id = l.order_id and o.version = l.version
     left join (select fl.line_external_id as line, sum(fl.quantity) as quantity
                from fulfillment_line fl join fulfillment f on f.id = fl.fulfillment_id
                where f.order_id = ? and f.stage not in ('allocated', 'cancelled') group by 1) gone
       on gone.line = l.external_id
     where l.order_id = ? and l.to_ship > coalesce(gone.quantity, 0) order by l.position`,
    [orderId, orderId],
  );
}

/** The parcels of what would ship from one warehouse, as carriers are told of them. */
export async function readBoxes(
  em: Em,
  { warehouse, parcels }: PreviewedFulfillment,
  { lines }: OrderSnapshot,
): Promise<Box[]> {
  const skus = [...new Set(parcels.flatMap(({ items }) => items.map(({ sku }) => sku)))];
  const [site] = await em.execute<{ address: Address }[]>('select address from warehouse where code = ?', [
    warehouse,
  ]);
  const goods = await em.execute<
    { sku: string; name: string; weightGrams: number; hsCode: string | null; originCountry: string | null }[]
  >(
    `select sku, name, weight_grams as "weightGrams", hs_code as "hsCode", origin_country as "originCountry"
     from product where sku in (?)`,
    [skus],
  );
  return parcels.map(({ weightGrams, dimensions, items }) => ({
    ...{ weightGrams, dimensions, from: site!.address },
    items: items
      .map(({ sku, quantity }) => {
        const { name, ...product } = goods.find((one) => one.sku === sku)!;
        const line = lines.find((one) => one.sku === sku);
        return { ...product, quantity, title: line?.title ?? name, unitPrice: line?.unitPrice ?? 0 };
      })
      .sort((a, b) => compareText(a.sku, b.sku)),
  }));
}
