import { z } from 'zod';
import type { StorefrontEvent } from '../storefront.ts';
import { id, optionalText, readBody } from '../webhook-body.ts';

/**
 * Shopify's compliance webhooks, mandatory for its public apps. `customers/redact` comes 10 days after the wish at the
 * earliest, `shop/redact` 48 hours after the app was uninstalled; each is to be done within 30 days. A customer may be
 * named by the email alone.
 */

const ids = z
  .array(id)
  .nullish()
  .transform((list) => list ?? []);
const customer = z
  .object({ id: id.nullish(), email: optionalText, phone: optionalText })
  .nullish()
  .transform((given) => ({
    externalId: given?.id ?? null,
    email: given?.email ?? null,
    phone: given?.phone ?? null,
  }));

const redaction = z.object({ customer, orders_to_redact: ids });
const dataRequest = z.object({ customer, orders_requested: ids, data_request: z.object({ id }) });

export function eraseCustomer(rawBody: Buffer): StorefrontEvent {
  const body = readBody(rawBody, redaction);
  const orderExternalIds = body.orders_to_redact;
  return { kind: 'privacy', wish: { what: 'erase-customer', customer: body.customer, orderExternalIds } };
}

export function exportCustomer(rawBody: Buffer): StorefrontEvent {
  const body = readBody(rawBody, dataRequest);
  return {
    kind: 'privacy',
    wish: {
      what: 'export-customer',
      customer: body.customer,
      orderExternalIds: body.orders_requested,
      requestId: body.data_request.id,
    },
  };
}

export function eraseStore(rawBody: Buffer): StorefrontEvent {
  readBody(rawBody, z.object({ shop_id: id }));
  return { kind: 'privacy', wish: { what: 'erase-store' } };
}
