import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import {
  apiAddress,
  connectManual,
  connectShop,
  connectSite,
  connectUps,
  type Person,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
  wooAddress,
} from '../support/commerce.ts';
import { act, deliverParcels, onceOrder, type OrderRef, reaches } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';
import { tellsOf, temporalTexts } from '../support/personal.ts';

jest.setTimeout(200_000);

/** Whose letters carriers do not take as they are. */
const umlauts: Person = {
  ...person(0),
  firstName: 'Jörgfried',
  lastName: 'Müßiggang',
  street: 'Schloßgäßchen 8',
  email: 'jörgfried@example.com',
};

/** Everybody that orders here goes through something that might tell who they are. */
describe('who a customer is', () => {
  const people: Person[] = [];
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  let site: Awaited<ReturnType<typeof connectSite>>;
  beforeAll(async () => {
    system = await startSystem({ LOG_LEVEL: 'debug' });
    await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    shop = await connectShop(system, 'zeta');
    site = await connectSite(system, 'eta');
    await product(system, 'PEN');
    await shop.createProduct({ sku: 'PEN', title: 'Pen', price: '3.00', stock: 500, grams: 100 });
    await site.createProduct({ sku: 'PEN', price: '3.00', stock: 500 });
    await receive(system, 'BER', { PEN: 500 });
  });
  afterAll(() => system?.stop());

  const customer = (one = person(people.length + 1)): Person => {
    people.push(one);
    return one;
  };
  const sell = async (one: Person): Promise<OrderRef & { id: number }> => {
    const sale = { lines: [{ sku: 'PEN', quantity: 1 }], email: one.email, phone: one.phone };
    const { id } = await shop.createOrder({ ...sale, shippingAddress: shopifyAddress(one) });
    return { storeId: shop.storeId, externalId: id, id };
  };
  const sellAtSite = async (one: Person): Promise<OrderRef & { id: number }> => {
    const sale = { lines: [{ sku: 'PEN', quantity: 1 }], email: one.email };
    const { id } = await site.createOrder({ ...sale, shippingAddress: wooAddress(one) });
    return { storeId: site.storeId, externalId: id, id };
  };
  const parked = (order: OrderRef) =>
    onceOrder(system, order, 'parked', ({ condition }) => condition === 'needs_attention');
  /** As carriers and shops do: the whole address in capitals, in other letters, and bits of it. */
  const echo = (one: Person) =>
    `Address rejected: ${one.firstName} ${one.lastName}, ${one.street.toUpperCase()}, ${one.email}, ${one.phone} ` +
    `(${one.phone.replace(/\D/g, '')}); ${one.lastName.toUpperCase()} unknown at ${one.street}`;
  const latin = (text: string) => text.replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '');

  it('goes through ends, changes, refusals, lost answers and a database that goes away', async () => {
    await happyEnds();
    await cancelAndRedo();
    await carrierRefuses(customer());
    await carrierRefuses(customer(umlauts), latin);
    await shopRefuses();
    await siteRefuses();
    await reviewRefuses();
    await connectionsEnd();
    await statementsFail();
  });

  async function happyEnds() {
    for (const order of [await sell(customer()), await sellAtSite(customer())]) {
      await deliverParcels(system, await reaches(system, order, 'labelled'));
      await reaches(system, order, 'closed');
    }
  }

  async function cancelAndRedo() {
    const one = customer();
    const order = await sell(one);
    await reaches(system, order, 'labelled');
    await act(system, order, 'cancel', {
      reason: `${one.firstName} ${one.lastName} of ${one.street} called from ${one.phone}`,
    });
    await reaches(system, order, 'cancelled');
    const moving = await sell(customer());
    const before = await reaches(system, moving, 'labelled');
    await shop.edit(moving.id, { shippingAddress: shopifyAddress(customer()) });
    await onceOrder(
      system,
      moving,
      'labelled anew',
      ({ stage, fulfillments }) =>
        stage === 'labelled' && fulfillments[0]?.trackingNumber !== before.fulfillments[0]!.trackingNumber,
    );
  }

  async function carrierRefuses(one: Person, written: (text: string) => string = (text) => text) {
    const message = written(echo(one));
    await system.sandbox.fault({ operation: 'ups.ship', fault: 'refuse', code: '120100', message });
    const order = await sell(one);
    const { attention } = await parked(order);
    expect(attention[0]!.sentence).toContain('Address rejected');
    await system.sandbox.clearFaults();
    await system.sandbox.fault({ operation: 'ups.ship', fault: '5xx', times: 2, message });
    await act(system, order, 'retry');
    await reaches(system, order, 'labelled');
    await system.sandbox.clearFaults();
    await system.sandbox.fault({ operation: 'ups.rate', fault: 'refuse', code: '111210', message });
    const other = await sell(one);
    await parked(other);
    await act(system, other, 'cancel');
    await reaches(system, other, 'cancelled');
    await system.sandbox.clearFaults();
  }

  async function shopRefuses() {
    const one = customer();
    await system.sandbox.fault({
      operation: 'shopify.fulfillmentCreate',
      fault: 'refuse',
      message: echo(one),
    });
    const order = await sell(one);
    await parked(order);
    await system.sandbox.clearFaults();
    await act(system, order, 'retry');
    await reaches(system, order, 'labelled');
  }

  async function siteRefuses() {
    const one = customer();
    await system.sandbox.fault({
      operation: 'woocommerce.notes.create',
      fault: 'refuse',
      message: echo(one),
    });
    const order = await sellAtSite(one);
    await parked(order);
    await system.sandbox.clearFaults();
    await act(system, order, 'retry');
    await reaches(system, order, 'labelled');
  }

  async function reviewRefuses() {
    const one = customer();
    const order = await sell({ ...one, postalCode: '', city: '' });
    await parked(order);
    await connectManual(system);
    const { id: store } = await system.api.post<{ id: string }>('/v1/stores', {
      name: 'Counter',
      platform: 'api',
      currency: 'EUR',
    });
    const handedIn = {
      store,
      externalId: 'P-1',
      currency: 'EUR',
      lines: [{ sku: 'PEN', quantity: 1, unitPrice: '3.00' }],
      shippingAddress: apiAddress(one),
      payment: { state: 'paid' },
      customer: { email: one.email, phone: one.phone },
    };
    await system.api.post('/v1/orders', handedIn);
    await reaches(system, { storeId: store, externalId: 'P-1' }, 'labelled');
    const wrong = {
      ...handedIn,
      externalId: 'P-2',
      shippingAddress: { ...apiAddress(one), country: 'Nowhere' },
    };
    await expect(system.api.post('/v1/orders', wrong)).rejects.toThrow(/422|400/);
    await system.api.get(`/v1/orders?q=${encodeURIComponent(one.email)}`);
  }

  /** An operator ends all connections again and again while orders are on their way. */
  async function connectionsEnd() {
    const orders = await Promise.all(Array.from({ length: 12 }, () => sell(customer())));
    for (let round = 0; round < 10; round++) {
      await system.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and datname = current_database()`,
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    for (const order of orders)
      await onceOrder(system, order, 'labelled', ({ stage }) => stage === 'labelled');
  }

  /** PostgreSQL logs a statement that fails, and every value stands in it. */
  async function statementsFail() {
    const locked = new pg.Client({ connectionString: system.databaseUrl });
    await locked.connect();
    await locked.query('begin');
    await locked.query('lock table inbox in access exclusive mode');
    const order = await sell(customer());
    const blocked = `from pg_stat_activity where wait_event_type = 'Lock' and query ~* 'insert into inbox'`;
    await system.until(
      'the webhook waits for the lock',
      async () => (await system.sql(`select 1 ${blocked}`))[0],
    );
    await system.sql(`select pg_cancel_backend(pid) ${blocked}`);
    await locked.query('rollback');
    await locked.end();
    await reaches(system, order, 'labelled');
  }

  it('stands in no history, search attribute, memo or summary of Temporal', async () => {
    const texts = await system.temporal(temporalTexts);
    expect(Object.keys(texts).length).toBeGreaterThanOrEqual(24);
    expect(Object.values(texts).join('')).toContain('Address rejected');
    expect(tellsOf(texts, people)).toEqual([]);
  });

  it('stands in no line that any process has logged', async () => {
    const logs = system.logs();
    expect(Object.keys(logs).sort()).toEqual(['api', 'postgres', 'sandbox', 'temporal', 'worker']);
    expect(logs['worker']).toContain('Address rejected');
    expect(logs['postgres']).toContain('terminating connection');
    expect(logs['postgres']).toContain('canceling statement');
    expect(tellsOf(logs, people)).toEqual([]);
  });
});
