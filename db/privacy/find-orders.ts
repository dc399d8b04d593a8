import { marksOf, type Person } from '../../domain/privacy.ts';
import type { Em } from '../database.ts';

/** Whom a wish is about: a person by what they are named by, orders by their ids, or both; or a store's every customer. */
export type Whose =
  { who: 'customer'; person: Person; orderIds: readonly string[] } | { who: 'everybody'; storeId: string };

/** Ids of the orders in any of whose versions the person is named, and of those that are named themselves and known. */
export async function findOrders(em: Em, whose: Whose): Promise<string[]> {
  const rows = await (whose.who === 'everybody' ? ofStore(em, whose.storeId) : ofCustomer(em, whose));
  return rows.map(({ id }) => id);
}

async function ofStore(em: Em, storeId: string): Promise<{ id: string }[]> {
  return em.execute('select id from orders where store_id = ? and erased_at is null', [storeId]);
}

async function ofCustomer(
  em: Em,
  { person, orderIds }: Extract<Whose, { who: 'customer' }>,
): Promise<{ id: string }[]> {
  return em.execute(
    `select o.id from order_version v join orders o on o.id = v.order_id
     where person_marks(v.snapshot) && array(select jsonb_array_elements_text(?::jsonb))
       and o.store_id = coalesce(?::uuid, o.store_id)
     union select id from orders where id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))`,
    [JSON.stringify(marksOf(person)), person.storeId ?? null, JSON.stringify(orderIds)],
  );
}
