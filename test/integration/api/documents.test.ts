import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { warehouse } from './samples.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
  await api.send('POST', '/v1/warehouses', { ...warehouse, code: 'MUC', name: 'Munich' });
  await api.send('POST', '/v1/products', { ...sample, sku: 'TEA-200' });
});
afterAll(() => api.close());

const sample = { name: 'Tea', weightGrams: 100, dimensionsMm: { length: 10, width: 10, height: 10 } };
const cost = { amount: '3.20', currency: 'EUR' };
const because = { reason: 'as agreed' };
const post = (path: string, body: object = because, role?: string) =>
  api.send('POST', path, body, role ? { Authorization: `Bearer ${api.keys[role as 'ops']}` } : {});
const stockOf = async (sku: string) => (await api.send('GET', `/v1/stock/${sku}`)).body;
const at = (stock: { warehouses: { warehouse: string }[] }, code: string) =>
  stock.warehouses.find((one) => one.warehouse === code);
const impossible = (says: string) => ({ status: 409, type: 'not-possible', says });
const audited = async (subject: string) =>
  (
    await api.orm.em
      .fork()
      .execute<{ what: string }[]>('select what from audit where subject = ? order by seq', [subject])
  ).map(({ what }) => what);

describe('a purchase order', () => {
  const draft = {
    supplier: 'Leaf & Co',
    warehouse: 'MUC',
    currency: 'EUR',
    expectedAt: '2027-01-10',
    lines: [
      { sku: 'TEA-100', quantity: 10, unitCost: cost },
      { sku: 'TEA-200', quantity: 5, unitCost: cost },
    ],
  };

  it('goes from its draft over what comes of it to its end', async () => {
    const { body: made, status } = await post('/v1/purchase-orders', draft);
    expect([status, made.state, made.number]).toEqual([201, 'draft', expect.stringMatching(/^PO-\d+$/)]);
    const path = `/v1/purchase-orders/${made.id}`;
    const receive = (quantity: number, sku = 'TEA-100') =>
      post('/v1/receipts', { warehouse: 'MUC', purchaseOrder: made.id, lines: [{ sku, quantity }] });
    await api.refused(
      [
        'POST',
        '/v1/receipts',
        { warehouse: 'MUC', purchaseOrder: made.id, lines: [{ sku: 'TEA-100', quantity: 1 }] },
      ],
      impossible('is draft; possible: change, order, close'),
    );
    expect((await stockOf('TEA-200')).incoming).toBe(0);
    const lines = draft.lines.map((line) => ({ ...line, quantity: 6 }));
    expect((await api.send('PATCH', path, { lines })).body.lines[0].quantity).toBe(6);
    expect((await post(`${path}/order`)).body.state).toBe('ordered');
    await api.refused(['PATCH', path, { lines }], impossible('is ordered; possible: receive, close'));
    expect(at(await stockOf('TEA-200'), 'MUC')).toEqual({
      warehouse: 'MUC',
      onHand: 0,
      reserved: 0,
      available: 0,
      incoming: [{ kind: 'purchase_order', document: made.number, quantity: 6, expectedAt: null }],
      lots: [],
    });
    expect((await receive(4)).status).toBe(201);
    expect((await api.send('GET', path)).body).toMatchObject({
      state: 'partially_received',
      lines: [{ received: 4 }, { received: 0 }],
    });
    await receive(7);
    await receive(6, 'TEA-200');
    expect((await api.send('GET', path)).body).toMatchObject({
      state: 'received',
      lines: [{ received: 11, unitCost: cost }, { received: 6 }],
    });
    expect(await stockOf('TEA-200')).toMatchObject({ onHand: 6, incoming: 0 });
    expect((await post(`${path}/close`)).body.state).toBe('closed');
    await api.refused(['POST', `${path}/close`, because], impossible('is closed; that is final'));
    expect(await audited(made.id)).toEqual([
      'purchase_order_drafted',
      'purchase_order_changed',
      'purchase_order_ordered',
      'purchase_order_closed',
    ]);
    const { body: listed } = await api.send('GET', '/v1/purchase-orders?state=closed&warehouse=MUC');
    expect(listed.items.map(({ id }: { id: string }) => id)).toEqual([made.id]);
  });

  it('counts what comes at the same time, each unit once', async () => {
    const { body: made } = await post('/v1/purchase-orders', draft);
    await post(`/v1/purchase-orders/${made.id}/order`);
    const body = { warehouse: 'MUC', purchaseOrder: made.id, lines: [{ sku: 'TEA-100', quantity: 1 }] };
    const before = (await stockOf('TEA-100')).onHand;
    const same = { 'Idempotency-Key': randomUUID() };
    await Promise.all([
      ...Array.from({ length: 9 }, () => post('/v1/receipts', body)),
      api.send('POST', '/v1/receipts', body, same),
    ]);
    await api.send('POST', '/v1/receipts', body, same);
    expect((await api.send('GET', `/v1/purchase-orders/${made.id}`)).body.lines[0].received).toBe(10);
    expect((await stockOf('TEA-100')).onHand - before).toBe(10);
  });

  it.each([
    ['warehouse', { warehouse: 'X' }, 'warehouse'],
    ['currency', { currency: 'eur' }, 'currency'],
    ['lines', { lines: [] }, 'lines'],
    ['product', { lines: [{ sku: 'X', quantity: 1, unitCost: cost }] }, 'lines.0.sku'],
    ['product twice', { lines: [draft.lines[0], draft.lines[0]] }, 'lines.1.sku'],
    [
      'cost',
      { lines: [{ ...draft.lines[0], unitCost: { amount: '1', currency: 'USD' } }] },
      'lines.0.unitCost.currency',
    ],
    ['quantity', { lines: [{ ...draft.lines[0], quantity: 0 }] }, 'lines.0.quantity'],
    ['day', { expectedAt: 'soon' }, 'expectedAt'],
  ])('with a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/purchase-orders', { ...draft, ...change }], invalid(field)),
  );

  it('takes no receipt of what is not on it, or elsewhere, or without a cost', async () => {
    const { body: made } = await post('/v1/purchase-orders', { ...draft, lines: [draft.lines[0]] });
    await post(`/v1/purchase-orders/${made.id}/order`);
    const body = { warehouse: 'MUC', purchaseOrder: made.id, lines: [{ sku: 'TEA-200', quantity: 1 }] };
    await api.refused(['POST', '/v1/receipts', body], invalid('lines.0.sku'));
    await api.refused(
      [
        'POST',
        '/v1/receipts',
        { ...body, warehouse: warehouse.code, lines: [{ sku: 'TEA-100', quantity: 1 }] },
      ],
      invalid('warehouse'),
    );
    await api.refused(
      ['POST', '/v1/receipts', { ...body, purchaseOrder: randomUUID() }],
      invalid('purchaseOrder'),
    );
    await api.refused(
      ['POST', '/v1/receipts', { warehouse: 'MUC', lines: [{ sku: 'TEA-100', quantity: 1 }] }],
      invalid('lines.0.unitCost'),
    );
  });
});

describe('a transfer', () => {
  const from = warehouse.code;
  const draft = (quantity: number, lot?: string) => ({
    from,
    to: 'MUC',
    lines: [{ sku: 'TEA-100', quantity, ...(lot && { lot }) }],
  });

  it('is on its way to nobody, and arrives as what it was', async () => {
    await post('/v1/receipts', {
      warehouse: from,
      lines: [{ sku: 'TEA-100', quantity: 8, lot: 'TR-L', expiresAt: '2027-06-01', unitCost: cost }],
    });
    const before = await stockOf('TEA-100');
    const { body: made } = await post('/v1/transfers', draft(8, 'TR-L'));
    const path = `/v1/transfers/${made.id}`;
    await api.refused(
      ['POST', `${path}/receive`, { lines: [{ position: 1, quantity: 1 }] }],
      impossible('is draft; possible: send, close'),
    );
    const { body: sent } = await post(`${path}/send`);
    expect(sent).toMatchObject({
      state: 'in_transit',
      lostByOrders: [],
      lines: [{ lot: 'TR-L', inTransit: 8 }],
    });
    const onWay = await stockOf('TEA-100');
    expect([before.onHand - onWay.onHand, onWay.incoming - before.incoming]).toEqual([8, 8]);
    await api.refused(['POST', `${path}/receive`, { lines: [{ position: 1, quantity: 9 }] }], {
      status: 409,
      type: 'conflict',
      says: 'only 8 of position 1 are on their way',
    });
    await api.refused(['POST', `${path}/receive`, { lines: [{ position: 2, quantity: 1 }] }], {
      status: 409,
      type: 'conflict',
      says: 'only 0 of position 2',
    });
    const arrivals = await Promise.all(
      [3, 3, 3].map((quantity) => post(`${path}/receive`, { lines: [{ position: 1, quantity }] })),
    );
    expect(arrivals.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 409]);
    expect((await post(`${path}/close`)).body).toMatchObject({
      state: 'closed',
      lines: [{ received: 6, lost: 2, inTransit: 0 }],
    });
    const lots = at(await stockOf('TEA-100'), 'MUC') as unknown as { lots: object[] };
    expect(lots.lots).toContainEqual({
      lot: 'TR-L',
      onHand: 6,
      state: 'sellable',
      expiresAt: '2027-06-01',
      receivedAt: expect.any(String),
      unitCost: cost,
    });
    expect(await audited(made.id)).toEqual([
      'transfer_drafted',
      'transfer_sent',
      'transfer_received',
      'transfer_received',
      'transfer_closed',
    ]);
  });

  it('leaves once, and not with more than there is', async () => {
    const { available } = at(await stockOf('TEA-100'), from) as unknown as { available: number };
    const { body: much } = await post('/v1/transfers', draft(available + 1));
    await api.refused(['POST', `/v1/transfers/${much.id}/send`, because], {
      status: 409,
      type: 'conflict',
      says: `has only ${available} of TEA-100 to send`,
    });
    const { body: made } = await post('/v1/transfers', draft(1));
    const sends = await Promise.all([1, 2, 3].map(() => post(`/v1/transfers/${made.id}/send`)));
    expect(sends.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    expect((at(await stockOf('TEA-100'), from) as unknown as { available: number }).available).toBe(
      available - 1,
    );
  });

  it.each([
    ['warehouse', { from: 'X' }, 'from'],
    ['goal', { to: from }, 'to'],
    ['product', { lines: [{ sku: 'X', quantity: 1 }] }, 'lines.0.sku'],
    ['lot', { lines: [{ sku: 'TEA-100', quantity: 1, lot: 'X' }] }, 'lines.0.lot'],
  ])('with a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/transfers', { ...draft(1), ...change }], invalid(field)),
  );
});

describe('a count', () => {
  beforeEach(async () => {
    await api.orm.em
      .fork()
      .execute(`update cycle_count set state = 'cancelled' where state in ('open', 'review')`);
  });

  async function open() {
    await post('/v1/receipts', {
      warehouse: 'MUC',
      lines: [{ sku: 'TEA-200', quantity: 10, lot: randomUUID(), unitCost: cost }],
    });
    const { body } = await post('/v1/counts', { warehouse: 'MUC', skus: ['TEA-200'] }, 'warehouse');
    return { id: body.id as string, lines: body.lines as { lot: string }[], path: `/v1/counts/${body.id}` };
  }
  const counted = (lot: string, quantity: number) => ({
    lines: [{ sku: 'TEA-200', lot, counted: quantity }],
  });
  async function countAll(path: string, lines: { lot: string }[], missing: number): Promise<void> {
    const stock = at(await stockOf('TEA-200'), 'MUC') as unknown as {
      lots: { lot: string; onHand: number }[];
    };
    for (const [index, { lot }] of lines.entries()) {
      const { onHand } = stock.lots.find((one) => one.lot === lot)!;
      await post(`${path}/lines`, counted(lot, onHand - (index === 0 ? missing : 0)), 'warehouse');
    }
  }

  it('is blind, and booked on top of what moved since, by somebody else', async () => {
    const { id, lines, path } = await open();
    expect((await api.send('GET', path)).body.lines[0]).toMatchObject({ counted: null, expected: null });
    const { lot } = lines[0]!;
    await countAll(path, lines, 2);
    expect((await api.send('GET', path)).body.lines[0]).toMatchObject({ expected: null, variance: null });
    const before = (await stockOf('TEA-200')).onHand;
    // It goes on moving while it is counted.
    await post('/v1/adjustments', {
      warehouse: 'MUC',
      reason: 'damage',
      note: 'fell',
      lines: [{ sku: 'TEA-200', lot, quantity: 1 }],
    });
    expect((await post(`${path}/submit`, because, 'warehouse')).body).toMatchObject({
      state: 'review',
      lines: expect.arrayContaining([
        expect.objectContaining({ lot, variance: -2, varianceValue: { amount: '-6.40', currency: 'EUR' } }),
      ]),
    });
    await api.refused(
      ['POST', `${path}/lines`, counted(lot, 1)],
      impossible('possible: recount, approve, cancel'),
    );
    const approvals = await Promise.all([1, 2].map(() => post(`${path}/approve`, because, 'ops')));
    expect(approvals.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(before - (await stockOf('TEA-200')).onHand).toBe(3);
    const counting = lines.map(() => 'count_counted');
    expect(await audited(id)).toEqual(['count_opened', ...counting, 'count_submitted', 'count_approved']);
  });

  it('is not approved by who counted, nor where what is missing has left since', async () => {
    const { lines, path } = await open();
    const { lot } = lines[0]!;
    await countAll(path, lines, 3);
    await post(`${path}/lines`, counted(lot, 0));
    await post(`${path}/submit`);
    await api.refused(['POST', `${path}/approve`, because], impossible('Who counted does not approve'));
    await post('/v1/adjustments', {
      warehouse: 'MUC',
      reason: 'write_off',
      note: 'gone',
      lines: [{ sku: 'TEA-200', lot, quantity: 1 }],
    });
    const before = await api.contents();
    const answer = await post(`${path}/approve`, because, 'ops');
    expect([answer.status, answer.body.possible]).toEqual([409, ['recount', 'cancel']]);
    expect(await api.contents()).toEqual(before);
    expect((await post(`${path}/recount`, because)).body.lines[0].counted).toBeNull();
    await api.refused(['POST', `${path}/submit`, because], impossible('lots are not counted yet'));
    expect((await post(`${path}/cancel`)).body.state).toBe('cancelled');
  });

  it.each([
    ['warehouse', { warehouse: 'X' }, 'warehouse'],
    ['product', { skus: ['X'] }, 'skus.0'],
  ])('of a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/counts', { warehouse: 'MUC', ...change }], invalid(field)),
  );

  it('knows no lot that never was there', async () => {
    const { path } = await open();
    await api.refused(['POST', `${path}/lines`, counted('nowhere', 1)], invalid('lines.0.lot'));
    await api.refused(['POST', `${path}/lines`, counted('nowhere', -1)], invalid('lines.0.counted'));
  });
});

it.each([
  ['purchase-orders', 'order'],
  ['transfers', 'send'],
  ['counts', 'approve'],
])('there is no document of %s that is not there', async (kind, action) => {
  const path = `/v1/${kind}/${randomUUID()}`;
  await api.refused(['GET', path], { status: 404, type: 'not-found' });
  await api.refused(['POST', `${path}/${action}`, because], { status: 404, type: 'not-found' });
});
