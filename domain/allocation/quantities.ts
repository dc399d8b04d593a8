import type { Demand, Share, Shortage, Site } from './types.ts';

/** What is free of a SKU in a warehouse; a SKU that it does not know, and a negative number, are none. */
export function availableAt(site: Site, sku: string): number {
  return Object.hasOwn(site.available, sku) ? Math.max(0, site.available[sku] ?? 0) : 0;
}

/**
 * One entry per SKU, in the order of first mention, none of them zero. Throws RangeError for a quantity that
 * is no whole number or negative.
 */
export function sumDemand(demand: readonly Demand[]): Demand[] {
  const bySku = new Map<string, number>();
  for (const { sku, quantity } of demand) {
    if (!Number.isSafeInteger(quantity) || quantity < 0) {
      throw new RangeError(`Not a quantity of ${sku}: ${quantity}`);
    }
    bySku.set(sku, (bySku.get(sku) ?? 0) + quantity);
  }
  return [...bySku].filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
}

/** Takes what is there from one warehouse: its shares, and what is still wanted after them. */
export function takeFrom(site: Site, wanted: readonly Demand[]): { shares: Share[]; rest: Demand[] } {
  const taken = wanted.map(({ sku, quantity }) => Math.min(quantity, availableAt(site, sku)));
  return {
    shares: wanted.flatMap(({ sku }, index) => share(site.warehouse, sku, taken[index]!)),
    rest: wanted.flatMap(({ sku, quantity }, index) => want(sku, quantity - taken[index]!)),
  };
}

/** Takes from one warehouse after the other, each giving what it has of what is still wanted. */
export function takeInOrder(
  sites: readonly Site[],
  wanted: readonly Demand[],
): { shares: Share[]; rest: Demand[] } {
  return sites.reduce<{ shares: Share[]; rest: Demand[] }>(
    (sofar, site) => {
      const { shares, rest } = takeFrom(site, sofar.rest);
      return { shares: [...sofar.shares, ...shares], rest };
    },
    { shares: [], rest: [...wanted] },
  );
}

/** The warehouse's view after these shares are gone. */
export function without(site: Site, shares: readonly Share[]): Site {
  const own = shares.filter((gone) => gone.warehouse === site.warehouse);
  if (own.length === 0) return site;
  const left = new Map(Object.entries(site.available));
  for (const { sku, quantity } of own) left.set(sku, Math.max(0, (left.get(sku) ?? 0) - quantity));
  return { ...site, available: Object.fromEntries(left) };
}

export function totalQuantity(demand: readonly { quantity: number }[]): number {
  return demand.reduce((sum, { quantity }) => sum + quantity, 0);
}

export function shortages(rest: readonly Demand[]): Shortage[] {
  return rest.map(({ sku, quantity }) => ({ sku, missing: quantity }));
}

function share(warehouse: string, sku: string, quantity: number): Share[] {
  return quantity > 0 ? [{ warehouse, sku, quantity }] : [];
}

function want(sku: string, quantity: number): Demand[] {
  return quantity > 0 ? [{ sku, quantity }] : [];
}
