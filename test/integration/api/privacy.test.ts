import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eraseOrder } from '../../../db/privacy/erase.ts';
import { drainCarrierMail } from '../../../workers/loops/mail.ts';
import { eraseEnded } from '../../../workers/loops/privacy.ts';
import { herOrder, mina, type PrivacyWorld, scanAtHers, startPrivacy } from './privacy-world.ts';
import { recordPushedScan } from '../../../activities/tracking.ts';

let world: PrivacyWorld;
let orderId: string;
let erasureId: string;

const erase = (change: object = {}) =>
  world.send('POST', '/v1/privacy/erasures', { email: mina.email, reason: 'asked for it', ...change });

beforeAll(async () => {
  world = await startPrivacy();
});
afterAll(() => world.close());

describe('an order that has ended', () => {
  beforeAll(async () => {
    orderId = await world.delivered(1001);
    await world.end(orderId);
  });

  it('has its customer in many places', async () => {
    expect(await world.found()).toEqual([
      'attention.last_error',
      'attention.sentence',
      'audit.detail',
      'bulk.reason',
      'idempotency.answer',
      'inbox.body',
      'inbox.reason',
      'label.document',
      'label_purchase.request',
      'order_change.content',
      'order_change.reason',
      'order_line.title',
      'order_version.snapshot',
      'orders.customer_email',
      'tracking_event.description',
      'tracking_event.place',
    ]);
  });

  it('has them nowhere once they are erased, and the books add up as before', async () => {
    const before = await world.books();
    const { status, body } = await erase({
      reason: 'Wilhelmina Zuckerschlag wrote from Wilhelmina.z@kundin.example',
    });
    erasureId = body.id;
    expect([status, body]).toEqual([
      200,
      {
        id: erasureId,
        state: 'done',
        store: null,
        actor: 'admin',
        reason: '[redacted] wrote from [redacted]',
        requestedAt: expect.any(String),
        orders: 1,
        erased: 1,
        waiting: [],
      },
    ]);
    expect(await world.found()).toEqual([]);
    expect(await world.books()).toEqual(before);
    expect(world.log.filter((text) => mina.words.some((word) => text.toLowerCase().includes(word)))).toEqual(
      [],
    );
  });

  it('is shown without them', async () => {
    const { body } = await world.send('GET', `/v1/orders/${orderId}`);
    expect(body).toMatchObject({
      customer: null,
      shippingAddress: null,
      erasedAt: expect.any(String),
      country: 'DE',
      total: { amount: '25.00', currency: 'EUR' },
      lines: [{ sku: 'TEA-100', title: 'Green tea for [redacted]', quantity: 2 }],
      fulfillments: [{ trackingNumber: 'fast-1', labelUrl: null }],
    });
    const details = (body.timeline as { what: string; detail: string }[]).filter(({ what }) =>
      ['note', 'customer_erased'].includes(what),
    );
    expect(details.map(({ detail }) => detail)).toEqual([
      'Called [redacted] at [redacted]: [redacted] is right',
      'Who the customer was is erased; what was sold, shipped and paid stays',
    ]);
    const [label] = await world.query<{ id: string }>('select id from label');
    const printed = await world.send('GET', `/v1/labels/${label!.id}`);
    expect([printed.status, printed.body.detail]).toEqual([
      404,
      expect.stringContaining('its customer is erased'),
    ]);
  });

  it.each<[string, () => object]>([
    ['the same wish', () => ({})],
    ['in other letters', () => ({ email: ` ${mina.email.toUpperCase()}`.trim() })],
    ['with their order', () => ({ orderIds: [orderId] })],
    ['their order alone', () => ({ email: undefined, orderIds: [orderId] })],
  ])('is the same erasure again: %s', async (_case, change) => {
    const before = await world.contents();
    const { status, body } = await erase(change());
    expect([status, body.id]).toEqual([200, erasureId]);
    expect(await world.contents()).toEqual(before);
  });

  it('does not get them back by a late webhook, of old content or new, nor by a refused or repeated one', async () => {
    await world.webhook('orders/updated', herOrder(1001, { updated_at: '2026-11-20T10:00:02+01:00' }));
    await world.webhook('orders/create', herOrder(1001, { updated_at: '2026-11-19T10:00:00+01:00' }));
    await world.webhook('customers/update', { id: mina.id, email: mina.email });
    await world.webhook('orders/updated', { id: 1001, email: mina.email });
    const late = herOrder(1001, { updated_at: '2026-12-01T10:00:00+01:00', financial_status: 'refunded' });
    await world.webhook('orders/updated', late, 'late');
    await world.webhook('orders/updated', late, 'late');
    expect(await world.found()).toEqual([]);
    const versions = await world.query(
      `select v.version, v.snapshot -> 'shippingAddress' as address, l.title, o.customer_email as email, o.customer_key as key
       from order_version v join order_line l using (order_id, version) join orders o on o.id = v.order_id
       where v.order_id = ? order by 1`,
      [orderId],
    );
    const address = { name: '', line1: '', city: '', country: 'DE' };
    const erased = { address, title: 'Green tea for [redacted]', email: null, key: null };
    expect(versions).toEqual([1, 2, 3].map((version) => ({ version, ...erased })));
    const states = await world.query(
      `select distinct state from inbox where order_external_id = '1001' order by 1`,
    );
    expect(states).toEqual([{ state: 'applied' }, { state: 'refused' }]);
  });

  it('does not get them back by a late scan', async () => {
    await recordPushedScan(world.activities, 'fast-1', scanAtHers('2026-11-25T10:00:00Z'));
    const body = { key: 'late', trackingNumber: 'fast-1', scan: scanAtHers('2026-11-25T11:00:00Z') };
    await world.query(
      `insert into inbox (source, key, topic, body) values ('carrier/fast', 'late', 'tracking', ?)`,
      [JSON.stringify(body)],
    );
    await drainCarrierMail(world.activities);
    expect(await world.found()).toEqual([]);
    const scans = await world.query('select status, description, place from tracking_event order by at');
    expect(scans).toEqual(Array(3).fill({ status: 'delivered', description: '', place: null }));
  });
});

describe('an order that has not ended', () => {
  it('keeps its address until it has ended, and is erased then', async () => {
    const open = await world.ordered(2001);
    const { status, body } = await erase({ phone: '0049 30 5550177', email: undefined });
    expect([status, body]).toMatchObject([
      202,
      {
        state: 'waiting',
        orders: 1,
        erased: 0,
        waiting: [{ id: open, number: '#2001', stage: 'received', condition: 'none' }],
      },
    ]);
    expect(body.waiting[0].sentence).toContain('cancel it');
    expect(await eraseEnded(world.activities)).toBe(false);
    expect(await world.found()).toContain('order_version.snapshot');
    await world.webhook('orders/updated', herOrder(2001, { updated_at: '2026-12-01T10:00:00+01:00' }));
    expect((await world.send('GET', `/v1/orders/${open}`)).body.customer.email).toBe(mina.email);
    await world.end(open);
    await eraseEnded(world.activities);
    expect(await world.found()).toEqual([]);
    const seen = await world.send('GET', `/v1/privacy/erasures/${body.id}`);
    expect(seen.body).toMatchObject({ state: 'done', orders: 1, erased: 1, waiting: [] });
  });
});

describe('at the same time', () => {
  it('eight erasures are one', async () => {
    const id = await world.delivered(3001);
    await world.end(id);
    const answers = await Promise.all(Array.from({ length: 8 }, () => erase()));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await world.found()).toEqual([]);
    const audits = await world.query(
      `select what from audit where order_id = ? and what = 'customer_erased'`,
      [id],
    );
    expect(audits).toHaveLength(1);
  });

  it('an erasure and webhooks of the order leave nothing of the customer, whoever comes first', async () => {
    for (let round = 0; round < 8; round++) {
      const number = 3100 + round;
      const id = await world.ordered(number);
      await world.end(id);
      const changed = (second: number) =>
        world.webhook(
          'orders/updated',
          herOrder(number, { updated_at: `2026-12-01T10:00:0${second}+01:00` }),
        );
      await Promise.all([changed(1), erase({ orderIds: [id], email: undefined }), changed(2), changed(3)]);
      expect([round, await world.found()]).toEqual([round, []]);
    }
  });

  it('erasing one order twice does it once', async () => {
    const id = await world.ordered(3200);
    await erase();
    await world.end(id);
    const done = await Promise.all(Array.from({ length: 4 }, () => eraseOrder(world.orm, id)));
    expect(done.filter(Boolean)).toHaveLength(1);
    expect(await world.found()).toEqual([]);
  });
});

describe('a wish that can not be fulfilled', () => {
  it.each<[string, object, number, string]>([
    ['nobody', {}, 400, ''],
    ['an unknown customer', { email: 'nobody@example.com' }, 404, ''],
    ['an unknown phone', { phone: '+1 555 0199 888' }, 404, ''],
    ['an order that is none', { orderIds: [randomUUID()] }, 400, 'orderIds.0'],
    ['no order', { orderIds: [] }, 400, 'orderIds'],
    ['no email', { email: 'mina' }, 400, 'email'],
    ['a phone without digits', { phone: 'none' }, 400, 'phone'],
    ['a customer of no store', { externalCustomerId: '7' }, 400, 'store'],
    ['a store that is none', { store: randomUUID(), email: 'a@example.com' }, 400, 'store'],
    ['no reason', { email: 'a@example.com', reason: '' }, 400, 'reason'],
    ['another field', { email: 'a@example.com', name: 'Mina' }, 400, 'name'],
  ])('names %s and changes nothing', async (_case, change, status, field) => {
    const before = await world.contents();
    for (const path of ['erasures', 'exports']) {
      const answer = await world.send('POST', `/v1/privacy/${path}`, { reason: 'x', ...change });
      expect([path, answer.status]).toEqual([path, status]);
      if (status === 400)
        expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
      else
        expect(answer.body.detail).toBe('Nothing is held of this customer: no order of ours names them so.');
    }
    expect(await world.contents()).toEqual(before);
  });

  it('asks for an erasure that is none', async () => {
    expect((await world.send('GET', `/v1/privacy/erasures/${randomUUID()}`)).status).toBe(404);
  });

  it('names them only as another store does', async () => {
    await world.ordered(4001);
    const other = await world.send('POST', '/v1/stores', { name: 'Other', platform: 'api', currency: 'EUR' });
    const before = await world.contents();
    const answer = await erase({ store: other.body.id });
    expect(answer.status).toBe(404);
    const customer = { store: other.body.id, email: undefined, externalCustomerId: String(mina.id) };
    expect((await erase(customer)).status).toBe(404);
    expect(await world.contents()).toEqual(before);
    expect((await erase({ ...customer, store: world.store })).status).toBe(202);
  });

  it('is listed with all the others, without whom it was about', async () => {
    const { body } = await world.send('GET', '/v1/privacy/erasures?limit=2');
    expect(body.items).toHaveLength(2);
    expect(body.items[0]).toMatchObject({ state: 'waiting', orders: 1, erased: 0, store: world.store });
    const next = await world.send('GET', `/v1/privacy/erasures?limit=2&cursor=${body.nextCursor}`);
    expect(next.body.items[0].id < body.items[1].id).toBe(true);
  });
});
