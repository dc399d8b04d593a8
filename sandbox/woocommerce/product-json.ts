import { toDecimal } from '../money.ts';
import { linksOf } from './json.ts';
import { wooTime, type Site, type WooProduct, type WooWebhook } from './model.ts';

export function productJson(site: Site, base: string, product: WooProduct, variations: number[]) {
  const price = toDecimal(product.price, site.currency);
  const path =
    product.type === 'variation'
      ? `products/${product.parentId}/variations/${product.id}`
      : `products/${product.id}`;
  return {
    id: product.id,
    name: product.name,
    slug: `product-${product.id}`,
    permalink: `${base}/product/product-${product.id}/`,
    date_created: wooTime(product.createdAt, site.offset),
    date_created_gmt: wooTime(product.createdAt, '+00:00'),
    date_modified: wooTime(product.modifiedAt, site.offset),
    date_modified_gmt: wooTime(product.modifiedAt, '+00:00'),
    type: product.type,
    status: 'publish',
    catalog_visibility: 'visible',
    description: '',
    sku: product.sku,
    price,
    regular_price: price,
    sale_price: '',
    purchasable: true,
    virtual: product.virtual,
    downloadable: false,
    tax_status: 'taxable',
    tax_class: '',
    manage_stock: product.manageStock,
    stock_quantity: product.manageStock ? product.stock : null,
    stock_status: !product.manageStock || product.stock > 0 ? 'instock' : 'outofstock',
    backorders: 'no',
    backorders_allowed: false,
    backordered: false,
    low_stock_amount: null,
    weight: product.weight,
    dimensions: { length: '', width: '', height: '' },
    shipping_required: !product.virtual,
    parent_id: product.parentId,
    variations,
    attributes: [],
    categories: [],
    images: [],
    meta_data: product.meta,
    _links: linksOf(base, path, 'products'),
  };
}

export const webhookJson = (site: Site, base: string, hook: WooWebhook) => ({
  id: hook.id,
  name: hook.name,
  status: hook.status,
  topic: hook.topic,
  resource: hook.topic.split('.')[0],
  event: hook.topic.split('.')[1],
  hooks: [],
  delivery_url: hook.deliveryUrl,
  date_created: wooTime(hook.createdAt, site.offset),
  date_created_gmt: wooTime(hook.createdAt, '+00:00'),
  date_modified: wooTime(hook.modifiedAt, site.offset),
  date_modified_gmt: wooTime(hook.modifiedAt, '+00:00'),
  _links: linksOf(base, `webhooks/${hook.id}`, 'webhooks'),
});
