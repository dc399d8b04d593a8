import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { RouteName } from '../../../api/access.ts';
import { type Expected, invalid, startStocked, type Stocked } from './refused.ts';
import { product, receipt, warehouse } from './samples.ts';
import { seedFulfillment, seedOrder } from './seed.ts';

/** Every operation of stock, with a call of it that works and one that is refused. */

let api: Stocked;
let made = 0;

/** The API that the operations below are called on. */
export async function startOperations(): Promise<Stocked> {
  api = await startStocked();
  await post('/v1/warehouses', { ...warehouse, code: 'MUC', name: 'Munich' });
  return api;
}

export const as = (role: string) => ({ Authorization: `Bearer ${api.keys[role as 'ops']}` });
async function post(path: string, body: object, role = 'admin') {
  const answer = await api.send('POST', path, body, as(role));
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, expect.anything()]);
  return answer.body;
}
const next = () => String(++made);
const cost = { amount: '3.20', currency: 'EUR' };
const because = { reason: 'as agreed' };
const line = { sku: 'TEA-100', quantity: 2 };

const purchase = {
  ...{ supplier: 'Leaf & Co', warehouse: 'BER', currency: 'EUR' },
  lines: [{ ...line, unitCost: cost }],
};
const transfer = { from: 'BER', to: 'MUC', lines: [line] };
const adjustment = (quantity: number) => ({
  ...{ warehouse: 'BER', reason: 'adjustment', note: 'found', lines: [{ ...line, quantity }] },
});
const edges = { length: 100, width: 100, height: 100 };
const box = () => ({
  ...{ code: `B${next()}`, name: 'Box', innerMm: edges, outerMm: edges, weightGrams: 1, maxWeightGrams: 2 },
});
const card = () => ({
  ...{ warehouse: 'BER', carrier: 'ups', service: '11', name: next(), countries: ['*'], transitDays: 1 },
  brackets: [{ upToGrams: 1_000, price: cost }],
});

const purchaseOrder = async () => `/v1/purchase-orders/${(await post('/v1/purchase-orders', purchase)).id}`;
const transferDraft = async () => `/v1/transfers/${(await post('/v1/transfers', transfer)).id}`;
async function transferSent() {
  const path = await transferDraft();
  await post(`${path}/send`, because);
  return path;
}

/** Of goods of its own, so that several may be open. */
async function count(as: 'open' | 'counted' | 'submitted' = 'open') {
  const sku = `C${next()}`;
  await post('/v1/products', { ...product, sku });
  const [first] = receipt.lines;
  await post('/v1/receipts', { ...receipt, lines: [{ ...first, sku }] });
  const path = `/v1/counts/${(await post('/v1/counts', { warehouse: 'BER', skus: [sku] })).id}`;
  const lines = { lines: [{ sku, lot: 'L1', counted: 39 }] };
  if (as !== 'open') await post(`${path}/lines`, lines, 'warehouse');
  if (as === 'submitted') await post(`${path}/submit`, because, 'warehouse');
  return { path, lines };
}

async function lot() {
  const name = `L${next()}`;
  const [first] = receipt.lines;
  await post('/v1/receipts', { ...receipt, lines: [{ ...first, lot: name }] });
  const { body } = await api.send('GET', '/v1/lots?limit=200');
  const { id } = body.items.find((one: { lot: string }) => one.lot === name);
  return { name, id: id as string, path: `/v1/lots/${id}` };
}

/** A fulfillment that has two units of a lot. */
async function holding(stage: 'labelled' | 'shipped') {
  const { name, id } = await lot();
  const externalId = `S${next()}`;
  const orderId = await seedOrder(api.orm, api.store, { externalId, number: externalId });
  const { fulfillmentId } = await seedFulfillment(api.orm, orderId, { stage });
  const claimId = randomUUID();
  const em = api.orm.em.fork();
  await em.execute(
    `with r as (insert into reservation (id, order_id, generation) values (?, ?, 1) returning id)
     insert into claim (id, reservation_id, warehouse, sku, lot_id, fulfillment_id, quantity, state)
     select ?, id, 'BER', 'TEA-100', ?, ?, 2, ? from r`,
    [randomUUID(), orderId, claimId, id, fulfillmentId, stage === 'shipped' ? 'shipped' : 'open'],
  );
  if (stage === 'shipped')
    await em.execute(
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       values (?, 'BER', 'TEA-100', ?, -2, 'shipment', ?, 'test')`,
      [randomUUID(), id, `claim/${claimId}`],
    );
  return { lot: name, fulfillmentId };
}

async function recalled() {
  const { lot: name, fulfillmentId } = await holding('shipped');
  const { id } = await post('/v1/recalls', { sku: 'TEA-100', lot: name, ...because });
  return `/v1/recalls/${id}/items/${fulfillmentId}/returned`;
}
async function buffer() {
  const path = `/v1/stores/${api.store}/buffers/TEA-100`;
  await api.send('PUT', path, { quantity: Number(next()), ...because });
  return path;
}

const settings = {
  ...{ reorderPoint: 10, safetyStock: 24, leadTimeDays: 7, supplier: 'Leaf & Co' },
  unitCost: cost,
};
/** Bought for a warehouse that has none of it. */
async function replenished() {
  const sku = `R${next()}`;
  await post('/v1/products', { ...product, sku });
  const path = `/v1/replenishment/BER/${sku}`;
  await api.send('PUT', path, settings);
  return { sku, path };
}

export interface Change {
  /** Its audit rows. */
  told: string[];
  /** Makes what it needs; answers where it goes, and with which body. */
  ready(): Promise<[path: string, body?: object]>;
  /** A body that is refused, and why; null: the address is one that names nothing. */
  wrong: [body: object, expected: Expected] | null;
}

export const gone: Expected = { status: 404, type: 'not-found' };
const noReason: Change['wrong'] = [{}, invalid('reason')];

export const changes: Partial<Record<RouteName, Change>> = {
  'POST /v1/warehouses': {
    told: ['warehouse_added'],
    ready: async () => ['/v1/warehouses', { ...warehouse, code: `W${next()}` }],
    wrong: [warehouse, { status: 409, type: 'conflict' }],
  },
  'PATCH /v1/warehouses/{code}': {
    told: ['warehouse_changed'],
    ready: async () => ['/v1/warehouses/MUC', { priority: 7 }],
    wrong: [{ workingDays: [8] }, invalid('workingDays.0')],
  },
  'POST /v1/products': {
    told: ['product_added'],
    ready: async () => ['/v1/products', { ...product, sku: `P${next()}` }],
    wrong: [product, { status: 409, type: 'conflict' }],
  },
  'PATCH /v1/products/{sku}': {
    told: ['product_changed'],
    ready: async () => ['/v1/products/TEA-100', { reorderPoint: 6 }],
    wrong: [{ weightGrams: 0 }, invalid('weightGrams')],
  },
  'POST /v1/receipts': {
    told: ['stock_received'],
    ready: async () => ['/v1/receipts', receipt],
    wrong: [{ ...receipt, warehouse: 'NONE' }, invalid('warehouse')],
  },
  'POST /v1/adjustments': {
    told: ['stock_adjusted'],
    ready: async () => ['/v1/adjustments', adjustment(1)],
    wrong: [adjustment(-100_000), { status: 409, type: 'conflict' }],
  },
  'POST /v1/fulfillments/{id}/short-pick': {
    told: ['short_picked', 'stock_lost'],
    ready: async () => {
      const { fulfillmentId } = await holding('labelled');
      return [`/v1/fulfillments/${fulfillmentId}/short-pick`, { ...because, lines: [line] }];
    },
    wrong: [
      { ...because, lines: [{ ...line, quantity: 3 }] },
      { status: 409, type: 'conflict' },
    ],
  },
  'POST /v1/lots/{id}/quarantine': {
    told: ['lot_quarantined'],
    ready: async () => [`${(await lot()).path}/quarantine`, because],
    wrong: noReason,
  },
  'POST /v1/lots/{id}/release': {
    told: ['lot_released'],
    ready: async () => {
      const { path } = await lot();
      await post(`${path}/quarantine`, because);
      return [`${path}/release`, because];
    },
    wrong: noReason,
  },
  'POST /v1/recalls': {
    told: ['lot_recalled'],
    ready: async () => ['/v1/recalls', { sku: 'TEA-100', lot: (await lot()).name, ...because }],
    wrong: [{ sku: 'TEA-100', lot: 'nobody had it', ...because }, invalid('lot')],
  },
  'POST /v1/recalls/{id}/items/{fulfillmentId}/returned': {
    told: ['recall_returned'],
    ready: async () => [await recalled(), because],
    wrong: noReason,
  },
  'POST /v1/box-types': {
    told: ['box_type_added'],
    ready: async () => ['/v1/box-types', box()],
    wrong: [{ ...box(), warehouse: 'NONE' }, invalid('warehouse')],
  },
  'PATCH /v1/box-types/{code}': {
    told: ['box_type_changed'],
    ready: async () => [`/v1/box-types/${(await post('/v1/box-types', box())).code}`, { active: false }],
    wrong: [{ code: 'X' }, invalid('code')],
  },
  'POST /v1/rate-cards': {
    told: ['rate_card_added'],
    ready: async () => ['/v1/rate-cards', card()],
    wrong: [{ ...card(), warehouse: 'NONE' }, invalid('warehouse')],
  },
  'DELETE /v1/rate-cards/{id}': {
    told: ['rate_card_removed'],
    ready: async () => [`/v1/rate-cards/${(await post('/v1/rate-cards', card())).id}`],
    wrong: null,
  },
  'POST /v1/purchase-orders': {
    told: ['purchase_order_drafted'],
    ready: async () => ['/v1/purchase-orders', purchase],
    wrong: [{ ...purchase, warehouse: 'NONE' }, invalid('warehouse')],
  },
  'POST /v1/purchase-orders/suggested': {
    told: ['purchase_order_drafted'],
    ready: async () => {
      const { sku } = await replenished();
      return ['/v1/purchase-orders/suggested', { warehouse: 'BER', skus: [sku], ...because }];
    },
    wrong: [{ warehouse: 'BER', skus: ['NONE'], ...because }, invalid('skus.0')],
  },
  'PUT /v1/replenishment/{warehouse}/{sku}': {
    told: ['replenishment_set'],
    ready: async () => [(await replenished()).path, { ...settings, reorderPoint: 20 }],
    wrong: [{ ...settings, leadTimeDays: -1 }, invalid('leadTimeDays')],
  },
  'DELETE /v1/replenishment/{warehouse}/{sku}': {
    told: ['replenishment_removed'],
    ready: async () => [(await replenished()).path],
    wrong: null,
  },
  'PATCH /v1/purchase-orders/{id}': {
    told: ['purchase_order_changed'],
    ready: async () => [await purchaseOrder(), { lines: purchase.lines, note: 'sooner' }],
    wrong: [{ lines: [] }, invalid('lines')],
  },
  'POST /v1/purchase-orders/{id}/order': {
    told: ['purchase_order_ordered'],
    ready: async () => [`${await purchaseOrder()}/order`, because],
    wrong: noReason,
  },
  'POST /v1/purchase-orders/{id}/close': {
    told: ['purchase_order_closed'],
    ready: async () => [`${await purchaseOrder()}/close`, because],
    wrong: noReason,
  },
  'POST /v1/transfers': {
    told: ['transfer_drafted'],
    ready: async () => ['/v1/transfers', transfer],
    wrong: [{ ...transfer, to: 'BER' }, invalid('to')],
  },
  'POST /v1/transfers/{id}/send': {
    told: ['transfer_sent'],
    ready: async () => [`${await transferDraft()}/send`, because],
    wrong: noReason,
  },
  'POST /v1/transfers/{id}/receive': {
    told: ['transfer_received'],
    ready: async () => [`${await transferSent()}/receive`, { lines: [{ position: 1, quantity: 1 }] }],
    wrong: [{ lines: [{ position: 1, quantity: 9 }] }, { status: 409, type: 'conflict' }],
  },
  'POST /v1/transfers/{id}/close': {
    told: ['transfer_closed'],
    ready: async () => [`${await transferSent()}/close`, because],
    wrong: noReason,
  },
  'POST /v1/counts': {
    told: ['count_opened'],
    ready: async () => ['/v1/counts', { warehouse: 'BER', skus: ['TEA-100'] }],
    wrong: [{ warehouse: 'NONE' }, invalid('warehouse')],
  },
  'POST /v1/counts/{id}/lines': {
    told: ['count_counted'],
    ready: async () => {
      const { path, lines } = await count();
      return [`${path}/lines`, lines];
    },
    wrong: [{ lines: [{ sku: 'TEA-100', lot: 'nowhere', counted: 1 }] }, invalid('lines.0.lot')],
  },
  'POST /v1/counts/{id}/submit': {
    told: ['count_submitted'],
    ready: async () => [`${(await count('counted')).path}/submit`, because],
    wrong: noReason,
  },
  'POST /v1/counts/{id}/recount': {
    told: ['count_again'],
    ready: async () => [`${(await count('submitted')).path}/recount`, because],
    wrong: noReason,
  },
  'POST /v1/counts/{id}/approve': {
    told: ['count_approved'],
    ready: async () => [`${(await count('submitted')).path}/approve`, because],
    wrong: noReason,
  },
  'POST /v1/counts/{id}/cancel': {
    told: ['count_cancelled'],
    ready: async () => [`${(await count()).path}/cancel`, because],
    wrong: noReason,
  },
  'PUT /v1/stores/{id}/buffers/{sku}': {
    told: ['buffer_set'],
    ready: async () => [await buffer(), { quantity: 1_000, ...because }],
    wrong: [{ quantity: -1, ...because }, invalid('quantity')],
  },
  'DELETE /v1/stores/{id}/buffers/{sku}': {
    told: ['buffer_removed'],
    ready: async () => [await buffer()],
    wrong: null,
  },
  'POST /v1/stock-proofs': {
    told: ['stock_proven'],
    ready: async () => ['/v1/stock-proofs', because],
    wrong: noReason,
  },
};

/** What only looks; where its address names something, what. */
export const looks: Partial<Record<RouteName, () => Promise<[path: string, body?: object]>>> = {
  'GET /v1/warehouses': async () => ['/v1/warehouses'],
  'GET /v1/products': async () => ['/v1/products'],
  'GET /v1/products/{sku}': async () => ['/v1/products/TEA-100'],
  'GET /v1/stock/{sku}': async () => ['/v1/stock/TEA-100'],
  'GET /v1/movements': async () => ['/v1/movements'],
  'GET /v1/lots': async () => ['/v1/lots'],
  'GET /v1/lots/{id}': async () => [(await lot()).path],
  'GET /v1/lots/{id}/orders': async () => [`${(await lot()).path}/orders`],
  'GET /v1/recalls': async () => ['/v1/recalls'],
  'GET /v1/recalls/{id}': async () => [(await recalled()).split('/items')[0]!],
  'GET /v1/box-types': async () => ['/v1/box-types'],
  'GET /v1/rate-cards': async () => ['/v1/rate-cards'],
  'GET /v1/purchase-orders': async () => ['/v1/purchase-orders'],
  'GET /v1/purchase-orders/{id}': async () => [await purchaseOrder()],
  'GET /v1/transfers': async () => ['/v1/transfers'],
  'GET /v1/transfers/{id}': async () => [await transferDraft()],
  'GET /v1/counts': async () => ['/v1/counts'],
  'GET /v1/counts/{id}': async () => [(await count()).path],
  'GET /v1/stores/{id}/stock': async () => [`/v1/stores/${api.store}/stock`],
  'GET /v1/stores/{id}/buffers': async () => [`/v1/stores/${api.store}/buffers`],
  'GET /v1/replenishment': async () => ['/v1/replenishment'],
  'GET /v1/replenishment/{warehouse}/{sku}': async () => [(await replenished()).path],
  'POST /v1/allocation/preview': async () => ['/v1/allocation/preview', { country: 'DE', lines: [line] }],
};
