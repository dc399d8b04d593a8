import { z } from 'zod';
import { id, optionalText } from '../webhook-body.ts';

/** `…_gmt` times lack a zone and are UTC. */
export const gmtTime = z.string().transform((text, context) => {
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

export const metaData = z
  .array(z.object({ id: z.int().nullish(), key: z.string(), value: z.unknown() }))
  .nullish()
  .transform((list) => list ?? []);

export const address = z.object({
  first_name: optionalText,
  last_name: optionalText,
  company: optionalText,
  address_1: optionalText,
  address_2: optionalText,
  city: optionalText,
  state: optionalText,
  postcode: optionalText,
  country: optionalText,
  phone: optionalText,
});

const lineItem = z.object({
  id,
  name: z.string(),
  sku: optionalText,
  quantity: z.int(),
  subtotal: z.string(),
  total: z.string(),
  total_tax: z.string(),
});

/** An order of /wp-json/wc/v3, which order webhooks carry as well. */
export const wooOrder = z.object({
  id,
  number: z.union([z.string(), z.number().transform(String)]),
  status: z.string(),
  currency: z.string(),
  date_created_gmt: gmtTime,
  date_modified_gmt: gmtTime,
  date_paid_gmt: gmtTime.nullish(),
  date_completed_gmt: gmtTime.nullish(),
  total: z.string(),
  total_tax: z.string(),
  shipping_total: z.string(),
  customer_id: id.nullish(),
  payment_method: optionalText,
  transaction_id: optionalText,
  billing: address.extend({ email: optionalText }),
  shipping: address,
  line_items: z.array(lineItem),
  shipping_lines: z.array(z.object({ method_id: optionalText })),
  fee_lines: z.array(z.object({ total: z.string() })),
  refunds: z.array(z.object({ id, total: z.string() })),
  meta_data: metaData,
});
export type WooOrder = z.infer<typeof wooOrder>;

/** A refund of /orders/{id}/refunds, where its amount is positive and its lines' quantities are negative. */
export const wooRefund = z.object({
  id,
  date_created_gmt: gmtTime,
  amount: z.string(),
  reason: optionalText,
  meta_data: metaData,
  line_items: z.array(z.object({ quantity: z.int(), meta_data: metaData })),
});
export type WooRefund = z.infer<typeof wooRefund>;
