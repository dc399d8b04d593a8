import { api } from './api/storefront.ts';
import { shopify } from './shopify/storefront.ts';
import type { Storefront } from './storefront.ts';
import { woocommerce } from './woocommerce/storefront.ts';

export interface StorefrontRegistry {
  all: readonly Storefront[];
  /** null where no such platform is registered. */
  find(platform: string): Storefront | null;
}

/** Throws when two storefronts claim one platform. */
export function createStorefrontRegistry(all: readonly Storefront[]): StorefrontRegistry {
  const byPlatform = new Map(all.map((storefront) => [storefront.platform, storefront]));
  if (byPlatform.size < all.length)
    throw new Error(`Storefronts share a platform: ${all.map(({ platform }) => platform).join(', ')}`);
  return { all, find: (platform) => byPlatform.get(platform) ?? null };
}

/** A new platform is its folder and its place in this list. */
export const storefronts = createStorefrontRegistry([shopify, woocommerce, api]);
