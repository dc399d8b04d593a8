import { json, parseJson, type Answer, type Call } from '../http.ts';
import { invalidId, invalidParam, paged, pageOf, wooError } from './answers.ts';
import { productJson } from './product-json.ts';
import { baseOf } from './orders.ts';
import { wholeSecond, type Site, type WooProduct, type WooWorld } from './model.ts';

function view(call: Call, site: Site, world: WooWorld, product: WooProduct) {
  const variations = world.tables.products
    .all(site.name)
    .filter((one) => one.parentId === product.id)
    .map((one) => one.id);
  return productJson(site, baseOf(call), product, variations);
}

/** GET products: a search by SKU finds variations too, else only whole products are listed. */
export function listProducts(call: Call, site: Site, world: WooWorld): Answer {
  const page = pageOf(call.query);
  if ('status' in page) return page;
  const skus = call.query.get('sku')?.split(',');
  const found = world.tables.products
    .all(site.name)
    .filter((product) => (skus === undefined ? product.type !== 'variation' : skus.includes(product.sku)))
    .toReversed();
  return paged(
    found.map((product) => view(call, site, world, product)),
    page,
  );
}

export function listVariations(call: Call, site: Site, world: WooWorld, parentId: string): Answer {
  const page = pageOf(call.query);
  if ('status' in page) return page;
  const found = world.tables.products
    .all(site.name)
    .filter((product) => String(product.parentId) === parentId);
  return paged(
    found.map((product) => view(call, site, world, product)),
    page,
  );
}

/** A variation is not found below products/{id}, nor a product below another's variations. */
function find(site: Site, world: WooWorld, parentId: string | null, id: string): WooProduct | undefined {
  const product = world.tables.products.get(site.name, id);
  return product !== undefined && String(product.parentId) === (parentId ?? '0') ? product : undefined;
}

export function getProduct(
  call: Call,
  site: Site,
  world: WooWorld,
  parentId: string | null,
  id: string,
): Answer {
  const product = find(site, world, parentId, id);
  if (product === undefined) return invalidId(parentId === null ? 'product' : 'product_variation');
  return json(200, view(call, site, world, product));
}

interface ProductUpdate {
  id?: number;
  stock_quantity?: number | null;
  manage_stock?: boolean;
  name?: string;
}

export function putProductRest(
  call: Call,
  site: Site,
  world: WooWorld,
  parentId: string | null,
  id: string,
): Answer {
  const product = find(site, world, parentId, id);
  if (product === undefined) return invalidId(parentId === null ? 'product' : 'product_variation');
  const body = parseJson(call.body) as ProductUpdate | undefined;
  if (typeof body !== 'object' || body === null)
    return wooError(400, 'rest_invalid_json', 'Invalid JSON body passed.');
  const changed = update(site, world, product, body);
  return 'status' in changed ? changed : json(200, view(call, site, world, changed));
}

function update(site: Site, world: WooWorld, product: WooProduct, body: ProductUpdate): WooProduct | Answer {
  if (body.stock_quantity !== undefined && !Number.isInteger(body.stock_quantity))
    return invalidParam('stock_quantity', 'stock_quantity is not of type integer.');
  const manageStock = body.manage_stock ?? product.manageStock;
  const changed: WooProduct = {
    ...product,
    name: body.name ?? product.name,
    manageStock,
    // A number for a product whose stock is not managed is dropped without a word, as WooCommerce does.
    stock: manageStock ? (body.stock_quantity ?? product.stock) : product.stock,
    modifiedAt: wholeSecond(world.now()),
  };
  world.tables.products.put(site.name, String(product.id), changed);
  return changed;
}

/** POST products/batch and products/{id}/variations/batch: each element has its own answer or error. */
export function batchProducts(call: Call, site: Site, world: WooWorld, parentId: string | null): Answer {
  const body = parseJson(call.body) as { update?: ProductUpdate[] } | undefined;
  const updates = body?.update ?? [];
  if (updates.length > 100)
    return wooError(
      413,
      'woocommerce_rest_request_entity_too_large',
      'Unable to accept more than 100 items for this request.',
    );
  return json(200, {
    update: updates.map((change) => {
      const product = find(site, world, parentId, String(change.id));
      const changed = product === undefined ? invalidId('product') : update(site, world, product, change);
      if (!('status' in changed)) return view(call, site, world, changed);
      return { id: change.id, error: changed.body };
    }),
  });
}
