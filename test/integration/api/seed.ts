import { randomUUID } from 'node:crypto';
import type { OrderSnapshot } from '../../../domain/order.ts';
import type { Database } from '../../../db/database.ts';
import { AttentionSchema } from '../../../db/entities/messages.ts';
import { PaymentSchema } from '../../../db/entities/money.ts';
import {
  FulfillmentLineSchema,
  FulfillmentSchema,
  OrderLineSchema,
  OrderSchema,
  OrderVersionSchema,
} from '../../../db/entities/orders.ts';
import { LabelPurchaseSchema, LabelSchema, ParcelSchema } from '../../../db/entities/shipping.ts';
import { CarrierAccountSchema } from '../../../db/entities/stores.ts';
import { orderIdOf } from '../../../db/order-id.ts';

export const snapshot = (change: Partial<OrderSnapshot> = {}): OrderSnapshot => ({
  externalId: '1001',
  number: '#1001',
  placedAt: '2026-11-20T09:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.000Z',
  currency: 'EUR',
  taxesIncluded: true,
  totals: { shipping: 490, tax: 0, discount: 0, other: 0, total: 2990 },
  test: false,
  cancelledAt: null,
  pickup: false,
  payment: { state: 'paid', provider: 'stripe' },
  fraud: null,
  customer: { externalId: null, email: 'mina@example.com', phone: null },
  shippingAddress: { name: 'Mina Muster', line1: 'Weg 1', city: 'Wien', postalCode: '1010', country: 'AT' },
  lines: [
    {
      externalId: '1',
      sku: 'TEA-100',
      title: 'Green tea',
      quantity: 2,
      fulfillable: 2,
      ships: true,
      unitPrice: 1250,
      total: 2500,
      tax: 0,
    },
  ],
  ...change,
});

/** An order as its workflow would have written it. */
export async function seedOrder(
  orm: Database,
  storeId: string,
  change: Partial<OrderSnapshot> = {},
  row: { stage?: string; conditions?: string[]; endedAt?: Date; waitingFor?: string; deadline?: Date } = {},
): Promise<string> {
  const em = orm.em.fork();
  const content = snapshot(change);
  const id = orderIdOf(storeId, content.externalId);
  await em.insert(OrderSchema, {
    id,
    storeId,
    externalId: content.externalId,
    number: content.number,
    workflowId: `order:${storeId}:${content.externalId}`,
    disposition: 'fulfill',
    stage: 'received',
    conditions: [],
    version: 1,
    placedAt: new Date(content.placedAt),
    sourceUpdatedAt: new Date(content.updatedAt),
    currency: content.currency,
    total: content.totals.total,
    country: content.shippingAddress?.country ?? null,
    paymentState: content.payment.state,
    customerEmail: content.customer.email,
    ...row,
  });
  await em.insert(OrderVersionSchema, { orderId: id, version: 1, snapshot: content });
  await em.insertMany(
    OrderLineSchema,
    content.lines.map(({ externalId, sku, title, quantity, unitPrice, total, tax }, position) => ({
      orderId: id,
      version: 1,
      position,
      toShip: quantity,
      leftReason: null,
      ...{ externalId, sku, title, quantity, unitPrice, total, tax },
    })),
  );
  await em.execute(
    `insert into audit (actor, what, order_id, detail) values ('store', 'captured', ?, 'Captured')`,
    [id],
  );
  return id;
}

export async function seedPayment(orm: Database, orderId: string): Promise<void> {
  await orm.em.fork().insert(PaymentSchema, {
    id: randomUUID(),
    orderId,
    provider: 'stripe',
    externalId: 'pi_1',
    kind: 'capture',
    amount: 2990,
    currency: 'EUR',
    at: new Date('2026-11-20T09:00:00Z'),
  });
}

export async function seedAttention(
  orm: Database,
  orderId: string,
  fulfillmentId: string | null,
): Promise<string> {
  const id = randomUUID();
  await orm.em.fork().insert(AttentionSchema, {
    id,
    orderId,
    fulfillmentId,
    step: 'buy_label',
    reason: 'ups_refused',
    sentence: 'UPS refused the address.',
    lastError: 'ups: invalid postal code (120802)',
    actions: ['retry', 'cancel'],
  });
  return id;
}

/** In the warehouse BER, with a label of UPS whose document is `%PDF-1.7`. */
export async function seedFulfillment(
  orm: Database,
  orderId: string,
  change: { generation?: number; stage?: string } = {},
): Promise<{ fulfillmentId: string; labelId: string }> {
  const em = orm.em.fork();
  const [fulfillmentId, parcelId, accountId, purchaseId, labelId] = Array.from({ length: 5 }, () =>
    randomUUID(),
  );
  await em.insert(FulfillmentSchema, {
    id: fulfillmentId!,
    orderId,
    generation: 1,
    position: 0,
    warehouse: 'BER',
    orderVersion: 1,
    stage: 'labelled',
    carrier: 'ups',
    service: '11',
    trackingNumber: '1Z9999999999999999',
    labelledAt: new Date('2026-11-20T10:00:00Z'),
    ...change,
  });
  await em.insert(FulfillmentLineSchema, {
    fulfillmentId: fulfillmentId!,
    lineExternalId: '1',
    sku: 'TEA-100',
    quantity: 2,
  });
  const account = { id: accountId!, carrier: 'ups', name: accountId!, url: '', credentials: '' };
  await em.insert(CarrierAccountSchema, account);
  const dimensionsMm = { length: 100, width: 60, height: 150 };
  const parcel = {
    id: parcelId!,
    fulfillmentId: fulfillmentId!,
    position: 0,
    weightGrams: 240,
    dimensionsMm,
  };
  await em.insert(ParcelSchema, { ...parcel, items: [{ sku: 'TEA-100', quantity: 2 }] });
  await em.insert(LabelPurchaseSchema, {
    id: purchaseId!,
    parcelId: parcelId!,
    generation: 1,
    key: purchaseId!,
    carrierAccountId: accountId!,
    service: '11',
    orderVersion: 1,
    request: {},
    state: 'bought',
  });
  await em.insert(LabelSchema, {
    id: labelId!,
    purchaseId: purchaseId!,
    carrier: 'ups',
    trackingNumber: '1Z9999999999999999',
    shipmentId: 's1',
    cost: 612,
    currency: 'EUR',
    format: 'PDF',
    document: Buffer.from('%PDF-1.7'),
  });
  return { fulfillmentId: fulfillmentId!, labelId: labelId! };
}
