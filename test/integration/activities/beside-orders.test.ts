import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { backfillDueStores } from '../../../activities/backfill.ts';
import { pushStock } from '../../../activities/stock-push.ts';
import { pollTracking } from '../../../activities/tracking.ts';
import { createUps } from '../../../connectors/carriers/ups/carrier.ts';
import { shopify } from '../../../connectors/storefronts/shopify/storefront.ts';
import { woocommerce } from '../../../connectors/storefronts/woocommerce/storefront.ts';
import { CarrierAccountSchema, StoreSchema } from '../../../db/entities/stores.ts';
import { places } from '../../../db/secrets.ts';
import { sandboxClient, type SandboxClient } from '../../../sandbox/client.ts';
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';
import { shopifyAddress, wooAddress, person } from '../../support/commerce.ts';
import { type Column, type ColumnName, columnNames, columns } from '../../faults/matrix/faults.ts';
import { type RowBeside, rowsBeside } from '../../faults/matrix/beside-orders.ts';
import { lanes } from '../../unit/connectors/carriers/shipments.ts';
import { createWorld, type World } from '../db/world.ts';

/** `healed`: it fails once. `never`: until it is mended. */
type Ending = 'healed' | 'never';
/** What is known here, and at the other party, of what the call is to bring. */
interface Standing {
  here: unknown;
  there?: unknown;
  /** Why it did not work, as it is shown. */
  error: string | null;
}
interface Place {
  account: string;
  look(): Promise<Standing>;
  /** Before anything came of it; and when it did. */
  before: Omit<Standing, 'error'>;
  after: Omit<Standing, 'error'>;
}
interface Cell {
  title: string;
  row: RowBeside;
  column: Column;
  ending: Ending;
  place: Place;
  /** After the turn with the fault, after another one, and after one that follows its mending. */
  seen: Standing[];
  hits: number[];
}

const promised = 7;
const shown = 3;
let world: World;
let sandbox: Sandbox;
let control: SandboxClient;
let cells: Map<string, Cell>;

const wanted = rowsBeside.flatMap((row) =>
  columnNames.flatMap((name) =>
    (['healed', 'never'] as const)
      // A refusal is final, whatever would become of it later.
      .filter((ending) => ending === 'never' || columns[name].kind !== 'refusal')
      .map((ending) => [`${row.operation} × ${name} × ${ending}`, row, name, ending] as const),
  ),
);

beforeAll(async () => {
  sandbox = await createSandbox();
  control = sandboxClient(sandbox.url);
  world = await createWorld({
    storefronts: [shopify, woocommerce],
    carriers: [createUps({ now: Date.now })],
  });
  await world.warehouse('B');
  await world.product('MUG');
  await world.receive('B', ['MUG', promised]);
  const made = await Promise.all(wanted.map((cell, n) => makeCell(n, ...cell)));
  cells = new Map(made.map((cell) => [cell.title, cell]));
  const faults = await Promise.all(made.map(strike));
  for (const turn of ['struck', 'again', 'mended']) {
    if (turn === 'mended') await control.clearFaults();
    await takeTurn();
    const hits = new Map((await control.faults()).map((fault) => [fault.id, fault.hits]));
    for (const [n, cell] of made.entries()) {
      cell.seen.push(await cell.place.look());
      cell.hits.push(hits.get(faults[n]!.id) ?? 0);
    }
  }
}, 300_000);
afterAll(async () => {
  await world?.close();
  await sandbox?.close();
});

/** Everything that is due, by as many processes as there are turns to take. */
async function takeTurn(): Promise<void> {
  await world.query('update store set backfill_due_at = now()');
  await world.query('update label set tracking_due_at = now()');
  // A SKU that the shop refused is tried again after a day.
  await world.query(`update listing set checked_at = checked_at - interval '2 days' where error is not null`);
  const { deps } = world;
  await Promise.all([
    ...Array.from({ length: wanted.length / 10 }, () => backfillDueStores(deps, 600)),
    ...Array.from({ length: 2 }, () => pollTracking(deps, 600)),
    pushStock(deps),
  ]);
}

async function makeCell(
  n: number,
  title: string,
  row: RowBeside,
  column: ColumnName,
  ending: Ending,
): Promise<Cell> {
  const [party] = row.operation.split('.');
  const account = `beside-${n}`;
  const make = { shopify: inShop, woocommerce: atSite, ups: withCarrier }[party!]!;
  return { title, row, column: columns[column], ending, place: await make(account, row), seen: [], hits: [] };
}

const strike = ({ place: { account }, row: { operation }, column, ending }: Cell) =>
  control.fault({ operation, account, ...column.fault, ...(ending === 'healed' && { times: 1 }) });

async function inShop(name: string, { operation, brings }: RowBeside): Promise<Place> {
  const shop = control.shopify(name);
  const { url, accessToken, locations } = await shop.create();
  const locationId = String(locations[0]!.id);
  const credentials = { accessToken, ...(operation.endsWith('StockItemAt') && { locationId }) };
  const storeId = await connect('shopify', url, credentials);
  const ofStock = async () => (await shop.products())[0]!.levels[0]!.available;
  if (brings === 'stock') return stockPlace(name, storeId, () => shop.createProduct(mug), ofStock);
  const one = await shop.createOrder({
    lines: [{ sku: 'MUG', quantity: 2, price: '4.00' }],
    shippingAddress: shopifyAddress(person(1)),
  });
  if (operation.endsWith('RefundLines'))
    await shop.refund(one.id, { amount: '4.00', quantities: { [one.lines[0]!.id]: 1 } });
  return orderPlace(name, storeId, one.id);
}

async function atSite(name: string, { brings }: RowBeside): Promise<Place> {
  const site = control.woocommerce(name);
  const { url, consumerKey, consumerSecret } = await site.create();
  const storeId = await connect('woocommerce', url, { consumerKey, consumerSecret });
  const ofStock = async () => (await site.products())[0]!.stock;
  if (brings === 'stock') return stockPlace(name, storeId, () => site.createProduct(mug), ofStock);
  const one = await site.createOrder({
    lines: [{ sku: 'MUG', quantity: 2, price: '4.00' }],
    shippingAddress: wooAddress(person(1)),
  });
  return orderPlace(name, storeId, one.id);
}

const mug = { sku: 'MUG', price: '4.00', stock: shown };

async function connect(platform: string, url: string, credentials: object): Promise<string> {
  const id = uuid();
  const { secrets } = world.deps;
  await world.orm.em.fork().insert(StoreSchema, {
    ...{ id, name: id, platform, url, currency: 'EUR', policy: {} },
    webhookSecrets: secrets.seal([], places.storeWebhooks(id)),
    credentials: secrets.seal(credentials, places.storeCredentials(id)),
    fulfillFrom: new Date('2026-01-01T00:00:00Z'),
    backfillWatermark: new Date('2026-01-01T00:00:00Z'),
  });
  return id;
}

/** What was read up to moves only past orders that are kept. */
function orderPlace(account: string, storeId: string, orderId: number): Place {
  const look = async () => {
    const [store] = await world.query<{ passed: boolean; error: string | null; mail: string[] }>(
      `select backfill_watermark > '2026-01-01' as passed, backfill_error as error,
              (select coalesce(jsonb_agg(order_external_id || ' ' || state), '[]') from inbox i
               where i.store_id = store.id) as mail
       from store where id = ?`,
      [storeId],
    );
    const { error, ...here } = store!;
    return { here, error };
  };
  const after = { here: { passed: true, mail: [`${orderId} received`] } };
  return { account, look, before: { here: { passed: false, mail: [] } }, after };
}

async function stockPlace(
  account: string,
  storeId: string,
  create: () => Promise<unknown>,
  ofStock: () => Promise<number>,
): Promise<Place> {
  await create();
  const look = async () => {
    const [row] = await world.query<{ known: number | null; error: string | null }>(
      `select l.known, coalesce(l.error, s.stock_push_error) as error
       from store s left join listing l on l.store_id = s.id where s.id = ?`,
      [storeId],
    );
    return { here: row!.known, there: await ofStock(), error: row!.error };
  };
  const after = { here: promised, there: promised };
  return { account, look, before: { here: null, there: shown }, after };
}

async function withCarrier(account: string): Promise<Place> {
  const ups = control.ups(account);
  const made = await ups.create();
  const { clientId, clientSecret, shipperNumber: accountNumber } = made;
  const credentials = { clientId, clientSecret, accountNumber, negotiatedRates: true };
  const client = createUps({ now: Date.now }).connect({
    id: account,
    carrier: 'ups',
    url: made.url,
    credentials,
  });
  const shipment = lanes['Germany domestic']!;
  const [rate] = await client.rates(shipment);
  const { trackingNumber } = await client.buyLabel(client.labelRequest(shipment, rate!.service), account);
  await ups.advance(trackingNumber, 'in_transit');
  const labelId = await keepLabel(account, made.url, credentials, trackingNumber);
  const look = async () => {
    const [label] = await world.query<{ status: string | null; error: string | null; scans: number }>(
      `select tracking_status as status, tracking_error as error,
              (select count(*)::int from tracking_event e where e.label_id = label.id) as scans
       from label where id = ?`,
      [labelId],
    );
    const { error, ...here } = label!;
    return { here, error };
  };
  const after = { here: { status: 'in_transit', scans: 2 } };
  return { account, look, before: { here: { status: null, scans: 0 } }, after };
}

let orders = 0;

async function keepLabel(
  name: string,
  url: string,
  credentials: object,
  trackingNumber: string,
): Promise<string> {
  const [accountId, fulfillmentId, parcelId, purchaseId, labelId] = Array.from({ length: 5 }, () => uuid());
  await world.orm.em.fork().insert(CarrierAccountSchema, {
    ...{ id: accountId!, carrier: 'ups', name, url },
    credentials: world.deps.secrets.seal(credentials, places.carrierCredentials(accountId!)),
  });
  const orderId = await world.order(await world.store(), { externalId: `${++orders}` });
  await world.query(
    `insert into fulfillment (id, order_id, generation, position, warehouse, order_version, stage)
     values (?, ?, 1, 1, 'B', 1, 'labelled')`,
    [fulfillmentId, orderId],
  );
  await world.query(
    `insert into parcel (id, fulfillment_id, position, weight_grams, dimensions_mm, items) values (?, ?, 1, 100, '{}', '[]')`,
    [parcelId, fulfillmentId],
  );
  await world.query(
    `insert into label_purchase (id, parcel_id, generation, key, carrier_account_id, service, order_version, request, state)
     values (?, ?, 1, ?, ?, 's', 1, '{}', 'bought')`,
    [purchaseId, parcelId, purchaseId, accountId],
  );
  await world.query(
    `insert into label (id, purchase_id, carrier, tracking_number, shipment_id, cost, currency, format, document)
     values (?, ?, 'ups', ?, 's', 1, 'EUR', 'PDF', '')`,
    [labelId, purchaseId, trackingNumber],
  );
  return labelId!;
}

describe('a call for which no order waits, and that fails', () => {
  it.each(wanted.map(([title]) => title))('%s', (title) => {
    const { row, column, ending, place, seen, hits } = cells.get(title)!;
    const [struck, again, mended] = seen as [Standing, Standing, Standing];
    const done = { ...place.after, error: null };
    const error = expect.any(String);
    // Done although its answer is lost: the next turn sees it there, and asks for it no more.
    const unheard = row.changes === true && column.kind === 'after';
    const failed = unheard ? { ...place.before, there: promised, error } : { ...place.before, error };
    expect(hits[0]).toBeGreaterThan(0);
    expect(struck).toEqual(column.kind === 'harmless' ? done : failed);
    expect(again).toEqual(column.kind === 'harmless' || ending === 'healed' || unheard ? done : failed);
    expect(mended).toEqual(done);
  });
});
