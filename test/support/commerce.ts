/** Shops, warehouses, goods and customers for tests of the whole system, connected as a user connects them. */
import type { System } from './system.ts';

export interface Person {
  firstName: string;
  lastName: string;
  street: string;
  city: string;
  postalCode: string;
  country: string;
  phone: string;
  email: string;
}

const firstNames = ['Wilhelmine', 'Ottokar', 'Philippa', 'Balduin', 'Serafine', 'Korbinian', 'Apollonia'];
const lastNames = ['Quarzmeier', 'Zimtholz', 'Fuchsberg', 'Krautwig', 'Nebelstein', 'Rosswald'];
const streets = ['Kupferhammerweg', 'Zwetschgenallee', 'Alte Rabengasse', 'Hexenstieg', 'Muschelkalkring'];

/** The n-th customer, all made up; from 0. */
export function person(n: number, country = 'DE'): Person {
  const firstName = firstNames[n % firstNames.length]!;
  const lastName = lastNames[Math.floor(n / firstNames.length) % lastNames.length]!;
  return {
    firstName,
    lastName,
    street: `${streets[n % streets.length]!} ${1 + (n % 97)}`,
    city: 'Hamburg',
    postalCode: '20095',
    country,
    phone: `+1 555 01${String(n % 100).padStart(2, '0')}`,
    email: `${firstName}.${lastName}.${n}@example.com`.toLowerCase(),
  };
}

export const shopifyAddress = (one: Person) => ({
  firstName: one.firstName,
  lastName: one.lastName,
  address1: one.street,
  city: one.city,
  zip: one.postalCode,
  countryCode: one.country,
  phone: one.phone,
});

export const wooAddress = (one: Person) => ({
  firstName: one.firstName,
  lastName: one.lastName,
  address1: one.street,
  city: one.city,
  postcode: one.postalCode,
  country: one.country,
  phone: one.phone,
});

export const apiAddress = (one: Person) => ({
  name: `${one.firstName} ${one.lastName}`,
  line1: one.street,
  city: one.city,
  postalCode: one.postalCode,
  country: one.country,
  phone: one.phone,
});

interface StoreOptions {
  fulfillFrom?: string;
  policy?: object;
}

/** Quick retries, so that what fails is tried again, or parked, within seconds. */
const quick = { retries: { attempts: 6, firstSeconds: 1, lastSeconds: 2 } };

const storeOf = async (system: System, store: object, { fulfillFrom, policy }: StoreOptions) =>
  system.api.post<{ id: string; webhookPath: string | null }>('/v1/stores', {
    currency: 'EUR',
    fulfillFrom: fulfillFrom ?? new Date(Date.now() - 3_600_000).toISOString(),
    policy: { ...quick, ...policy },
    ...store,
  });

/** The backfill reads the shop sixty times as often as it does by default; so much higher is the shop's limit. */
const throttle = { maximumAvailable: 60 * 20_000, restoreRate: 60 * 1_000 };

export async function connectShop(
  system: System,
  name: string,
  options: StoreOptions & { retryDelaysMs?: number[] } = {},
) {
  const shop = system.sandbox.shopify(name);
  const { retryDelaysMs } = options;
  const made = await shop.create({ currency: 'EUR', throttle, ...(retryDelaysMs && { retryDelaysMs }) });
  const credentials = { accessToken: made.accessToken };
  const store = { name, platform: 'shopify', url: made.url, webhookSecret: made.secret, credentials };
  const { id, webhookPath } = await storeOf(system, store, options);
  await shop.subscribe(system.api.url + webhookPath);
  return { ...shop, name, storeId: id };
}

export async function connectSite(system: System, name: string, options: StoreOptions = {}) {
  const site = system.sandbox.woocommerce(name);
  const made = await site.create({ currency: 'EUR' });
  const webhookSecret = `wc-secret-${name}`;
  const credentials = { consumerKey: made.consumerKey, consumerSecret: made.consumerSecret };
  const store = { name, platform: 'woocommerce', url: made.url, webhookSecret, credentials };
  const { id, webhookPath } = await storeOf(system, store, options);
  const subscribe = () => site.subscribe(system.api.url + webhookPath, webhookSecret);
  await subscribe();
  return { ...site, subscribe, name, storeId: id };
}

export async function connectUps(system: System, name = 'main') {
  const ups = system.sandbox.ups(name);
  const { url, clientId, clientSecret, shipperNumber } = await ups.create();
  const credentials = { clientId, clientSecret, accountNumber: shipperNumber };
  await system.api.post('/v1/carriers', { carrier: 'ups', name, url, credentials });
  return ups;
}

/** Parcels that a person hands over and nobody scans; cheaper than any other. */
export async function connectManual(system: System) {
  const services = [{ code: 'van', name: 'Own van', price: '0.50', currency: 'EUR' }];
  await system.api.post('/v1/carriers', { carrier: 'manual', name: 'van', credentials: { services } });
}

export async function warehouse(system: System, code: string, countries: string[], priority = 10) {
  const address = {
    name: `Lager ${code}`,
    company: `Lager ${code}`,
    line1: 'Lagerstr. 1',
    city: 'Berlin',
    postalCode: '10115',
    country: 'DE',
    phone: '+493055501',
  };
  const place = { latitude: 52.5, longitude: 13.4 };
  await system.api.post('/v1/warehouses', { code, name: code, address, ...place, countries, priority });
}

export async function product(system: System, sku: string, weightGrams = 400) {
  const dimensionsMm = { length: 120, width: 100, height: 100 };
  await system.api.post('/v1/products', { sku, name: sku, weightGrams, dimensionsMm, hsCode: '691200' });
}

export async function receive(system: System, code: string, quantities: Record<string, number>) {
  const lines = Object.entries(quantities).map(([sku, quantity]) => ({
    sku,
    quantity,
    unitCost: { amount: '3.00', currency: 'EUR' },
  }));
  await system.api.post('/v1/receipts', { warehouse: code, lines });
}
