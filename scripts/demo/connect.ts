/** Connects the sandbox's shops and carriers to the engine, over its HTTP API; what is there already stays. */
import type { SandboxClient } from '../../sandbox/client.ts';
import type { ApiClient } from '../api-client.ts';
import {
  type DemoLot,
  type DemoShopPlan,
  openingStock,
  products,
  type ShopKey,
  shopPlans,
  warehouses,
} from './catalog.ts';
import { type DemoShop, openShop } from './shops.ts';

export const upsAccount = 'demo';

/** The sandbox's UPS, and a courier without an API, who goes to one country alone. */
export async function connectSandboxCarriers(api: ApiClient, sandbox: SandboxClient): Promise<void> {
  const ups = await sandbox.ups(upsAccount).create();
  const known = new Map((await all<Account>(api, '/v1/carriers')).map((account) => [account.name, account]));
  const accounts = [
    {
      carrier: 'ups',
      name: 'UPS (sandbox)',
      url: ups.url,
      credentials: {
        clientId: ups.clientId,
        clientSecret: ups.clientSecret,
        accountNumber: ups.shipperNumber,
      },
    },
    {
      carrier: 'manual',
      name: 'Moselle courier',
      credentials: {
        services: [
          {
            code: 'moselle',
            name: 'Moselle courier',
            price: '7.80',
            currency: 'EUR',
            transitDays: 2,
            countries: ['LU'],
          },
        ],
      },
    },
  ];
  for (const account of accounts) {
    const there = known.get(account.name);
    if (!there) await api.post('/v1/carriers', account);
    else if (account.url !== undefined && there.url !== account.url)
      throw new Error(
        `${account.name} was connected at ${there.url}, where the sandbox was, and is at ${account.url} now: ` +
          `free that port, or start with an empty ORDERLOOM_DATA_DIR.`,
      );
  }
}

interface Account {
  name: string;
  url: string;
}

export interface ConnectedShop {
  plan: DemoShopPlan;
  storeId: string;
  shop: DemoShop;
}

/** Warehouses, products and stock first, so that no order comes before what it needs. */
export async function connectShops(
  api: ApiClient,
  sandbox: SandboxClient,
): Promise<Map<ShopKey, ConnectedShop>> {
  await createMissing(api, '/v1/warehouses', 'code', warehouses);
  await createMissing(api, '/v1/products', 'sku', products);
  for (const [warehouse, lots] of Object.entries(openingStock)) await receiveOnce(api, warehouse, lots);
  const stores = await all<{ id: string; name: string; url: string }>(api, '/v1/stores');
  const connected = new Map<ShopKey, ConnectedShop>();
  for (const plan of shopPlans) {
    const store = stores.find(({ name }) => name === plan.name);
    connected.set(plan.key, await connectShop(api, sandbox, plan, store));
  }
  return connected;
}

async function connectShop(
  api: ApiClient,
  sandbox: SandboxClient,
  plan: DemoShopPlan,
  store: { id: string; url: string } | undefined,
): Promise<ConnectedShop> {
  const shop = await openShop(sandbox, plan);
  const { name, platform, currency, policy } = plan;
  const { id: storeId } =
    store ??
    (await api.post<{ id: string }>('/v1/stores', { name, platform, currency, policy, ...shop.connection }));
  if (store && store.url !== shop.connection.url)
    await api.patch(`/v1/stores/${storeId}`, { url: shop.connection.url });
  // Again at each start, since our own port may be another.
  await shop.subscribe(`${api.url}/webhooks/${platform}/${storeId}`);
  for (const product of products) {
    const price = plan.prices[product.sku];
    if (price !== undefined) await shop.offer(product, price, opening(product.sku));
  }
  return { plan, storeId, shop };
}

const opening = (sku: string): number =>
  Object.values(openingStock)
    .flat()
    .reduce((sum, lot) => sum + (lot.sku === sku ? lot.quantity : 0), 0);

async function createMissing<T extends object>(
  api: ApiClient,
  path: string,
  key: keyof T & string,
  wanted: readonly T[],
): Promise<void> {
  const there = new Set((await all<T>(api, path)).map((row) => row[key]));
  for (const one of wanted) if (!there.has(one[key])) await api.post(path, one);
}

/** A lot that is there is not received again; one that is sold out is, with the last day that it has. */
export async function receiveOnce(
  api: ApiClient,
  warehouse: string,
  lots: readonly DemoLot[],
): Promise<void> {
  const lines = [];
  for (const lot of lots) {
    const known = await findLot(api, warehouse, lot);
    if (!known || known.onHand === 0) lines.push(receiptLine(lot, !known));
  }
  if (lines.length > 0) await api.post('/v1/receipts', { warehouse, lines });
}

async function findLot(api: ApiClient, warehouse: string, { sku, lot }: DemoLot) {
  const query = new URLSearchParams({ warehouse, sku, empty: 'true', limit: '100' });
  const { items } = await api.get<{ items: { lot: string; onHand: number }[] }>(`/v1/lots?${query}`);
  return items.find((one) => one.lot === lot);
}

function receiptLine({ expiresInDays, ...line }: DemoLot, isNew: boolean) {
  if (expiresInDays === undefined || !isNew) return line;
  return { ...line, expiresAt: new Date(Date.now() + expiresInDays * 86_400_000).toISOString().slice(0, 10) };
}

async function all<T>(api: ApiClient, path: string): Promise<T[]> {
  const rows: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await api.get<{ items: T[]; nextCursor: string | null }>(
      `${path}?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    rows.push(...page.items);
    cursor = page.nextCursor;
  }
  return rows;
}
