import { api } from './api/storefront.ts';
import { shopify } from './shopify/storefront.ts';
import type { Storefront } from './storefront.ts';
import { woocommerce } from './woocommerce/storefront.ts';

/** Storefronts by platform. Throws where two claim the same one. */
export function createStorefrontRegistry(storefronts: Storefront[]): Record<string, Storefront> {
  const registry: Record<string, Storefront> = Object.create(null);
  for (const storefront of storefronts) {
    if (storefront.platform in registry)
      throw new Error(`Two storefronts are called ${JSON.stringify(storefront.platform)}.`);
    registry[storefront.platform] = storefront;
  }
  return registry;
}

/** A new platform is its folder and its name here. */
export const storefronts = createStorefrontRegistry([shopify, woocommerce, api]);
