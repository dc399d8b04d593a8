import type { Em } from '../database.ts';

/** Labels and what was asked for them carry the address; scans say where it went and who signed. Numbers and costs stay. */
export async function eraseShipping(em: Em, orderId: string): Promise<void> {
  const ofOrder = `select p.id from label_purchase p join parcel c on c.id = p.parcel_id
    join fulfillment f on f.id = c.fulfillment_id where f.order_id = ?`;
  await em.execute(`update label_purchase set request = '{}' where id in (${ofOrder})`, [orderId]);
  await em.execute(`update label set document = '' where purchase_id in (${ofOrder}) and document <> ''`, [
    orderId,
  ]);
  await em.execute(
    `update tracking_event set description = '', place = null
     where label_id in (select id from label where purchase_id in (${ofOrder}))`,
    [orderId],
  );
}
