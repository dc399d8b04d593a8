import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
  type Mailbox,
  startMailbox,
  startReceiver,
  type WebhookReceiver,
} from '../support/alert-receivers.ts';
import { apiAddress, connectManual, person, product, receive, warehouse } from '../support/commerce.ts';
import { startSystem, type System } from '../support/system.ts';

jest.setTimeout(60_000);

let system: System;
let mailbox: Mailbox;
let receiver: WebhookReceiver;
let secret: string;
beforeAll(async () => {
  [mailbox, receiver] = await Promise.all([startMailbox(), startReceiver()]);
  system = await startSystem({
    ...{ ALERTS_INTERVAL_SECONDS: '1', LOT_EXPIRY_ALERT_DAYS: '30' },
    ...{ SMTP_URL: mailbox.url, ALERTS_FROM: 'alerts@loom.example.com' },
  });
  await connectManual(system);
  await warehouse(system, 'BER', ['DE']);
  for (const sku of ['TEA', 'JAM']) await product(system, sku);
  await system.api.post('/v1/alert-endpoints', { channel: 'email', target: 'ops@example.com' });
  const hook = { channel: 'webhook', target: `${receiver.url}/alerts` };
  ({ secret } = await system.api.post<{ secret: string }>('/v1/alert-endpoints', hook));
});
afterAll(async () => {
  await system?.stop();
  await Promise.all([mailbox?.close(), receiver?.close()]);
});

/** Sold and handed over, as sales are what velocity is made of. */
async function sell(sku: string, quantity: number): Promise<void> {
  const { api } = system;
  const store = { name: 'Counter', platform: 'api', currency: 'EUR', fulfillFrom: '2026-01-01T00:00:00Z' };
  const { id: storeId } = await api.post<{ id: string }>('/v1/stores', store);
  const { id } = await api.post<{ id: string }>('/v1/orders', {
    ...{ store: storeId, externalId: '1', currency: 'EUR', payment: { state: 'paid' } },
    lines: [{ sku, quantity, unitPrice: '9.00' }],
    shippingAddress: apiAddress(person(1)),
    customer: { email: person(1).email },
    placedAt: new Date().toISOString(),
  });
  const fulfillment = await system.until('its label', async () => {
    const order = await api.get<{ fulfillments: { id: string; stage: string }[] }>(`/v1/orders/${id}`);
    return order.fulfillments.find(({ stage }) => stage === 'labelled');
  });
  await api.post(`/v1/fulfillments/${fulfillment.id}/ship`, { reason: 'collected' });
  await system.until('it has left', async () => (await onHand(sku)) === 20 - quantity);
}
const onHand = async (sku: string) => (await system.api.get<{ onHand: number }>(`/v1/stock/${sku}`)).onHand;
const damage = (sku: string, quantity: number) =>
  system.api.post('/v1/adjustments', {
    ...{ warehouse: 'BER', reason: 'damage', note: 'fell' },
    lines: [{ sku, quantity }],
  });

interface News {
  type: string;
  data: { id: string; kind: string; warehouse: string; sku: string; facts: object };
}
/** What the receiver heard, each with a signature that holds. */
const heard = () =>
  receiver.heard.map(({ body, headers }) => new Webhook(secret).verify(body, headers) as News);
const told = () => ({
  emails: mailbox.messages.map(({ text }) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim()),
  webhooks: heard().map(({ data: { kind, sku } }) => `${kind} ${sku}`),
});
const everybodyKnows = (alerts: number) =>
  system.until(`${alerts} alerts told`, () => {
    const { emails, webhooks } = told();
    return Math.min(emails.length, webhooks.length) >= alerts;
  });
const openAlerts = async () =>
  (await system.api.get<{ items: { sku: string }[] }>('/v1/alerts?open=true')).items.map(({ sku }) => sku);

const low = 'TEA runs low in BER';
const expires = 'A lot of JAM expires in BER';

it('tells of stock that runs low once for each crossing, with what to buy, and of a lot that expires', async () => {
  await receive(system, 'BER', { TEA: 20 });
  await system.api.put('/v1/replenishment/BER/TEA', {
    ...{ reorderPoint: 10, safetyStock: 5, leadTimeDays: 14, coverDays: 30, packSize: 4 },
    ...{ supplier: 'Leaf & Co', unitCost: { amount: '3.20', currency: 'EUR' } },
  });
  await sell('TEA', 7);
  await damage('TEA', 4);
  await everybodyKnows(1);
  // 7 in 28 days: 9 last for 36 days, and 0.25 × (14 + 30) + 5 - 9 are 7, in packs of 4.
  const facts = { position: 9, velocity: 0.25, daysOfCover: 36, suggestedQuantity: 8, supplier: 'Leaf & Co' };
  expect(heard()).toEqual([
    {
      ...{ type: 'alert.opened', timestamp: expect.any(String) },
      data: expect.objectContaining({
        ...{ kind: 'low_stock', warehouse: 'BER', sku: 'TEA', facts: expect.objectContaining(facts) },
      }),
    },
  ]);
  const [email] = mailbox.messages;
  expect([email!.from, email!.to]).toEqual(['alerts@loom.example.com', 'ops@example.com']);
  for (const part of [`Subject: ${low}`, 'Days of cover: 36', 'Suggested quantity: 8'])
    expect(email!.text).toContain(part);

  // It falls further: that is the same crossing, as the next thing that is told shows.
  await damage('TEA', 1);
  const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  const lot = { sku: 'JAM', quantity: 3, lot: 'J1', expiresAt: day };
  const unitCost = { amount: '2.00', currency: 'EUR' };
  await system.api.post('/v1/receipts', { warehouse: 'BER', lines: [{ ...lot, unitCost }] });
  await everybodyKnows(2);
  expect(heard()[1]!.data).toMatchObject({
    ...{ kind: 'lot_expiring', sku: 'JAM', facts: { lot: 'J1', expiresAt: day, onHand: 3 } },
  });
  expect(told()).toEqual({ emails: [low, expires], webhooks: ['low_stock TEA', 'lot_expiring JAM'] });
});

it('one click buys it; only what recovered and falls again is told of again', async () => {
  const bought = await system.api.post<{ items: { id: string; lines: object[] }[] }>(
    '/v1/purchase-orders/suggested',
    { warehouse: 'BER', reason: 'weekly order' },
  );
  expect(bought.items).toMatchObject([
    { supplier: 'Leaf & Co', state: 'draft', lines: [{ sku: 'TEA', quantity: 8 }] },
  ]);
  await system.until('it is low no more', async () => (await openAlerts()).join() === 'JAM');
  const purchaseOrder = bought.items[0]!.id;
  await system.api.post(`/v1/purchase-orders/${purchaseOrder}/order`, { reason: 'sent' });
  const lines = [{ sku: 'TEA', quantity: 8 }];
  await system.api.post('/v1/receipts', { warehouse: 'BER', purchaseOrder, lines });
  expect(await onHand('TEA')).toBe(16);
  expect(told().emails).toHaveLength(2);
  await damage('TEA', 6);
  await everybodyKnows(3);
  expect(heard()[2]!.data.facts).toMatchObject({ position: 10, suggestedQuantity: 8 });
  expect(told()).toEqual({
    emails: [low, expires, low],
    webhooks: ['low_stock TEA', 'lot_expiring JAM', 'low_stock TEA'],
  });
  const ids = heard().map(({ data: { id } }) => id);
  expect(new Set(ids).size).toBe(3);
});
