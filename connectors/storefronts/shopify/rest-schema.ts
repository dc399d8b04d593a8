import { z } from 'zod';
import { id, optionalText, utcTime } from '../webhook-body.ts';

/** The parts of Shopify's REST resources, which webhooks carry, that are read. */

const decimal = z.union([z.string(), z.number().transform(String)]);
export const shopMoney = z.object({ shop_money: z.object({ amount: decimal, currency_code: z.string() }) });
const listOf = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

const taxLine = z.object({ price_set: shopMoney });
export const discountAllocation = z.object({ amount_set: shopMoney });

const lineItem = z.object({
  id,
  sku: optionalText,
  name: optionalText,
  title: optionalText,
  quantity: z.int(),
  current_quantity: z.int().nullish(),
  fulfillable_quantity: z.int(),
  requires_shipping: z.boolean(),
  gift_card: z.boolean().nullish(),
  price_set: shopMoney,
  tax_lines: listOf(taxLine),
  discount_allocations: listOf(discountAllocation),
});

export const transaction = z.object({
  id,
  kind: z.string(),
  status: z.string(),
  amount: decimal,
  currency: z.string(),
  gateway: optionalText,
  created_at: utcTime,
  processed_at: utcTime.nullish(),
});

export const restRefund = z.object({
  id,
  order_id: id.nullish(),
  note: optionalText,
  refund_line_items: listOf(
    z.object({ line_item_id: id, quantity: z.int(), subtotal_set: shopMoney.nullish() }),
  ),
  total_duties_set: shopMoney.nullish(),
  transactions: listOf(transaction),
});
export type RestRefund = z.infer<typeof restRefund>;

export const address = z.object({
  first_name: optionalText,
  last_name: optionalText,
  name: optionalText,
  company: optionalText,
  address1: optionalText,
  address2: optionalText,
  city: optionalText,
  province: optionalText,
  province_code: optionalText,
  zip: optionalText,
  country_code: optionalText,
  phone: optionalText,
});

export const restOrder = z.object({
  id,
  name: z.string(),
  created_at: utcTime,
  processed_at: utcTime.nullish(),
  updated_at: utcTime,
  cancelled_at: utcTime.nullish(),
  currency: z.string(),
  taxes_included: z.boolean(),
  total_price_set: shopMoney,
  total_tax_set: shopMoney.nullish(),
  test: z.boolean().nullish(),
  financial_status: optionalText,
  payment_gateway_names: listOf(z.string()),
  risk_level: optionalText,
  email: optionalText,
  phone: optionalText,
  customer: z.object({ id: id.nullish(), email: optionalText, phone: optionalText }).nullish(),
  shipping_address: address.nullish(),
  shipping_lines: listOf(
    z.object({
      price_set: shopMoney,
      delivery_category: optionalText,
      is_removed: z.boolean().nullish(),
      discount_allocations: listOf(discountAllocation),
    }),
  ),
  line_items: z.array(lineItem),
  refunds: listOf(restRefund),
});
export type RestOrder = z.infer<typeof restOrder>;
