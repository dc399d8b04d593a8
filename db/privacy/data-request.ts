import { v7 as uuid } from 'uuid';
import type { Em } from '../database.ts';

/** Shopify wants it done within these. */
const DAYS = 30;

/**
 * Keeps that a store asks what is held of a customer, once, and opens a case that a person answers by exporting it and
 * sending it to the merchant. `orderIds`: those that name the customer.
 */
export async function keepDataRequest(
  em: Em,
  request: { storeId: string; externalId: string; orderIds: readonly string[] },
): Promise<void> {
  const id = uuid();
  const [kept] = await em.execute<{ store: string; due: string }[]>(
    `with kept as (
       insert into data_request (id, store_id, external_id, order_ids)
       values (?, ?, ?, array(select jsonb_array_elements_text(?::jsonb)))
       on conflict (store_id, external_id) do nothing returning store_id, received_at)
     select s.name as store, (kept.received_at + make_interval(days => ?))::date::text as due
     from kept join store s on s.id = kept.store_id`,
    [id, request.storeId, request.externalId, JSON.stringify(request.orderIds), DAYS],
  );
  if (!kept) return;
  await em.execute(
    `insert into attention (id, subject, step, reason, sentence, actions)
     values (?, ?, 'privacy', 'customer_asks_for_data', ?, '{resolve}')`,
    [uuid(), `data_request/${id}`, sentence(id, request, kept)],
  );
}

function sentence(
  id: string,
  { externalId, orderIds }: { externalId: string; orderIds: readonly string[] },
  { store, due }: { store: string; due: string },
): string {
  const asks = `${store} asks what is held of one of its customers (request ${externalId}), to be answered by ${due}.`;
  if (orderIds.length === 0) return `${asks} Nothing is held: tell the merchant so, then resolve this.`;
  return `${asks} It is about ${orderIds.length} orders: POST /v1/privacy/exports with "dataRequest": "${id}", send the answer to the merchant, then resolve this.`;
}

/** Its orders; remembers that they are exported. null where there is no such request. */
export async function takeDataRequest(em: Em, id: string): Promise<string[] | null> {
  const [request] = await em.execute<{ orderIds: string[] }[]>(
    `update data_request set exported_at = coalesce(exported_at, now()) where id = ?
     returning to_jsonb(order_ids) as "orderIds"`,
    [id],
  );
  return request?.orderIds ?? null;
}
