import { toMinor } from '../money.ts';
import { newId, second, type Shop, type ShopLocation, type ShopProduct } from './model.ts';
import type { ShopWorld } from './world.ts';

export interface ShopRequest {
  accessToken?: string;
  secret?: string;
  currency?: string;
  taxesIncluded?: boolean;
  /** "-05:00" */
  offset?: string;
  apiVersion?: string;
  locations?: Partial<Omit<ShopLocation, 'id'>>[];
  webhooks?: { url: string; topics?: string[] } | null;
  retryDelaysMs?: number[];
  jobMs?: number;
  throttle?: { maximumAvailable: number; restoreRate: number };
}

/** What an app that fulfills orders subscribes to. */
const orderTopics = [
  'orders/create',
  'orders/updated',
  'orders/paid',
  'orders/cancelled',
  'orders/edited',
  'orders/fulfilled',
  'orders/partially_fulfilled',
  'refunds/create',
  'fulfillments/create',
  'fulfillments/update',
];

/** Makes the shop, or changes the one that there is: its orders and products stay. */
export function putShop(world: ShopWorld, name: string, request: ShopRequest): Shop {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new RangeError(`"${name}" is no shop name`);
  const known = world.tables.shops.get('', name);
  const shop: Shop = {
    name,
    domain: `${name}.myshopify.com`,
    accessToken: request.accessToken ?? known?.accessToken ?? `shpat_${name}`,
    secret: request.secret ?? known?.secret ?? `shpss_${name}`,
    currency: request.currency ?? known?.currency ?? 'EUR',
    taxesIncluded: request.taxesIncluded ?? known?.taxesIncluded ?? true,
    offset: request.offset ?? known?.offset ?? '+01:00',
    apiVersion: request.apiVersion ?? known?.apiVersion ?? '2026-07',
    locations: request.locations?.map((place) => location(world, place)) ??
      known?.locations ?? [location(world, {})],
    webhooks: hooks(request.webhooks, known),
    retryDelaysMs: request.retryDelaysMs ?? known?.retryDelaysMs ?? [],
    jobMs: request.jobMs ?? known?.jobMs ?? 50,
    // Of the Plus plan: 1000 points a second, a bucket of twenty seconds.
    throttle: request.throttle ?? known?.throttle ?? { maximumAvailable: 20_000, restoreRate: 1000 },
  };
  world.tables.shops.put('', name, shop);
  return shop;
}

function hooks(asked: ShopRequest['webhooks'], known: Shop | undefined): Shop['webhooks'] {
  if (asked === undefined) return known?.webhooks ?? null;
  return asked === null ? null : { url: asked.url, topics: asked.topics ?? orderTopics };
}

function location(world: ShopWorld, place: Partial<Omit<ShopLocation, 'id'>>): ShopLocation {
  return {
    id: newId(world.state),
    name: place.name ?? 'Main warehouse',
    address1: place.address1 ?? '1 Example Street',
    city: place.city ?? 'Berlin',
    provinceCode: place.provinceCode ?? null,
    zip: place.zip ?? '10115',
    countryCode: place.countryCode ?? 'DE',
  };
}

export interface ProductRequest {
  sku: string;
  title?: string;
  /** Decimal amount in the shop's currency. */
  price: string;
  /** At the shop's first location, or per location name. */
  stock?: number | Record<string, number>;
  requiresShipping?: boolean;
  giftCard?: boolean;
  tracked?: boolean;
  grams?: number;
}

export function putProduct(world: ShopWorld, shop: Shop, request: ProductRequest): ShopProduct {
  const known = world.tables.products.get(shop.name, request.sku);
  const product: ShopProduct = {
    sku: request.sku,
    title: request.title ?? request.sku,
    productId: known?.productId ?? newId(world.state),
    variantId: known?.variantId ?? newId(world.state),
    inventoryItemId: known?.inventoryItemId ?? newId(world.state),
    price: toMinor(request.price, shop.currency),
    requiresShipping: request.requiresShipping ?? !request.giftCard,
    giftCard: request.giftCard ?? false,
    tracked: request.tracked ?? true,
    grams: request.grams ?? 500,
    levels: levels(shop, request.stock, known),
    updatedAt: second(world.now()),
  };
  world.tables.products.put(shop.name, product.sku, product);
  return product;
}

function levels(
  shop: Shop,
  stock: ProductRequest['stock'],
  known: ShopProduct | undefined,
): ShopProduct['levels'] {
  if (stock === undefined && known !== undefined) return known.levels;
  const numbers = typeof stock === 'object' ? stock : { [shop.locations[0]!.name]: stock ?? 0 };
  return Object.entries(numbers).map(([name, available]) => {
    const place = shop.locations.find((one) => one.name === name);
    if (place === undefined) throw new RangeError(`shop ${shop.name} has no location "${name}"`);
    const before = known?.levels.find((level) => level.locationId === place.id);
    return { locationId: place.id, available, committed: before?.committed ?? 0 };
  });
}
