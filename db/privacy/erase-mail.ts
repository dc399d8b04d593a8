import type { Em } from '../database.ts';
import type { Erasing } from './erasing.ts';

/** Bodies of events are emptied, never their rows: their keys keep duplicates away. What is unread stays until it is read. */
const READ = `state in ('applied', 'refused') and body <> ''`;

/** By what carriers and providers name an order's parcels and payments; `id` is the order's, five times. */
export const partiesOf = (id: string) => `
  select 'carrier/' || l.carrier as source, l.tracking_number as id
  from label l join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
  join fulfillment f on f.id = c.fulfillment_id where f.order_id = ${id}
  union select 'payment/' || provider, external_id from provider_payment where order_id = ${id}
  union select 'payment/' || provider, external_id from payment where order_id = ${id}
  union select 'payment/' || provider, external_id from dispute where order_id = ${id}
  union select 'payment/' || provider, external_id from refund where order_id = ${id}`;
export const fromParty = `inbox.source = theirs.source and length(theirs.id) > 5 and strpos(inbox.body, theirs.id) > 0`;

/** The store's mail about the order, carriers' about its parcels, providers' about its payments. */
export async function eraseMail(em: Em, erasing: Erasing): Promise<void> {
  const { orderId, storeId, externalId, createdAt } = erasing;
  await forgetMail(em, storeId, externalId);
  await em.execute(
    `update inbox set body = '' from (${partiesOf('?')}) theirs
     where ${fromParty} and received_at >= ?::timestamptz and ${READ}`,
    [orderId, orderId, orderId, orderId, orderId, createdAt],
  );
  const nameless = `source = ? and order_external_id is null`;
  await forgetMentions(em, nameless, [`store/${storeId}`], erasing.unmistakable);
}

/** What was read of one order. */
export async function forgetMail(em: Em, storeId: string, externalId: string): Promise<void> {
  await em.execute(`update inbox set body = '' where source = ? and order_external_id = ? and ${READ}`, [
    `store/${storeId}`,
    externalId,
  ]);
}

/** Events of stores that belong to no order of ours and mention one of these. Returns how many. */
export async function eraseLooseMail(
  em: Em,
  storeId: string | undefined,
  mentions: readonly string[],
): Promise<number> {
  const loose = `source like 'store/%' and (?::uuid is null or store_id = ?::uuid) and not exists (
    select 1 from orders o where o.store_id = inbox.store_id and o.external_id = inbox.order_external_id)`;
  return forgetMentions(em, loose, [storeId ?? null, storeId ?? null], mentions);
}

/** Everything that a store sent and that was read. */
export async function eraseStoreMail(em: Em, storeId: string): Promise<void> {
  await em.execute(
    `update inbox set body = '' where source = ? and ${READ} and not exists (
       select 1 from orders o where o.store_id = inbox.store_id and o.external_id = inbox.order_external_id
         and o.ended_at is null)`,
    [`store/${storeId}`],
  );
}

async function forgetMentions(
  em: Em,
  where: string,
  values: readonly unknown[],
  mentions: readonly string[],
): Promise<number> {
  const written = [...new Set(mentions.flatMap(spellings))].filter((text) => text.length > 5);
  if (written.length === 0) return 0;
  const emptied = await em.execute(
    `update inbox set body = '' where ${where} and ${READ} and exists (
       select 1 from jsonb_array_elements_text(?::jsonb) mention where strpos(lower(body), mention) > 0)
     returning seq`,
    [...values, JSON.stringify(written)],
  );
  return emptied.length;
}

/** As it stands in JSON: as it is, escaped, and in ASCII alone; and a phone number without its separators. */
function spellings(text: string): string[] {
  const lower = text.toLowerCase();
  const escaped = JSON.stringify(lower).slice(1, -1);
  const ascii = escaped.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const digits = /\p{L}/u.test(text) ? [] : [text.replace(/\D/g, '')];
  return [lower, escaped, ascii, escaped.replaceAll('/', '\\/'), ...digits];
}
