import { describe, expect, it } from '@jest/globals';
import { optimize, type Pricing } from '../../../domain/allocation/optimize.ts';
import { rankSites } from '../../../domain/allocation/strategies.ts';
import type { Site } from '../../../domain/allocation/types.ts';
import { seeded } from '../../support/every-plan.ts';

it('says how far from the best it may be where the search is ended', () => {
  const random = seeded(7);
  const skus = Array.from({ length: 16 }, (_, index) => `S${index}`);
  const sites = Array.from({ length: 8 }, (_, index): Site => ({
    warehouse: `W${index}`,
    country: 'DE',
    latitude: 50,
    longitude: index,
    priority: 1,
    available: Object.fromEntries(skus.map((sku) => [sku, random(3)])),
  }));
  const brackets = [1, 2, 3, 4, 5, 6].map((step) => ({ upToGrams: step * 5_000, price: 400 + step * 130 }));
  const pricing: Pricing = {
    goods: Object.fromEntries(
      skus.map((sku) => [
        sku,
        { weightGrams: 500 + random(4_000), cubicMm: 1_000, parcelClass: null, shipsAlone: false },
      ]),
    ),
    terms: Object.fromEntries(
      sites.map(({ warehouse }) => [
        warehouse,
        { handling: 50, services: [{ brackets, dimensionalDivisor: null }] },
      ]),
    ),
    splitCost: 10,
  };
  const demand = skus.map((sku) => ({ sku, quantity: 4 }));
  const ranked = rankSites(sites, 'nearest', { country: 'DE' });
  const found = optimize(ranked, demand, 'cheapest', pricing, sites.length)!;
  expect(found.exact).toBe(false);
  expect(found.gap).toBeGreaterThan(0);
  expect(found.gap).toBeLessThanOrEqual(1);
  for (const { sku, quantity } of demand)
    expect(
      found.shares.filter((share) => share.sku === sku).reduce((sum, one) => sum + one.quantity, 0),
    ).toBe(quantity);
});

/** One SKU of 1 kg a unit; each warehouse has so many, a parcel costs 500, handling 50, a split 10. */
function oneSku(held: readonly number[]): { ranked: ReturnType<typeof rankSites>; pricing: Pricing } {
  const sites = held.map((units, index): Site => ({
    ...{ warehouse: `W${index}`, country: 'DE', latitude: 50, longitude: index / 10, priority: 1 },
    available: { A: units },
  }));
  const service = { brackets: [{ upToGrams: 30_000, price: 500 }], dimensionalDivisor: null };
  const pricing: Pricing = {
    goods: { A: { weightGrams: 1_000, cubicMm: 1_000, parcelClass: null, shipsAlone: false } },
    terms: Object.fromEntries(
      sites.map(({ warehouse }) => [warehouse, { handling: 50, services: [service] }]),
    ),
    splitCost: 10,
  };
  return { ranked: rankSites(sites, 'nearest', { country: 'DE' }), pricing };
}

const ones = (count: number) => Array<number>(count).fill(1);

describe.each(['cheapest', 'fewest-parcels'] as const)('a demand of many warehouses, %s', (objective) => {
  it('is exact where it takes all 24', () => {
    const { ranked, pricing } = oneSku(ones(24));
    const found = optimize(ranked, [{ sku: 'A', quantity: 24 }], objective, pricing, 24)!;
    const money = 24 * 550 + 23 * 10;
    expect({ ...found, cost: found.cost.slice(0, objective === 'cheapest' ? 3 : 2) }).toEqual({
      shares: ranked.map(({ site: { warehouse } }) => ({ warehouse, sku: 'A', quantity: 1 })),
      cost: objective === 'cheapest' ? [0, 0, money] : [0, 24],
      exact: true,
      gap: 0,
    });
  });

  it('has a plan with a true gap where it takes any 12 of 24', () => {
    const { ranked, pricing } = oneSku(ones(24));
    const found = optimize(ranked, [{ sku: 'A', quantity: 12 }], objective, pricing, 24)!;
    const money = 12 * 550 + 11 * 10;
    // The bound counts 12 warehouses' handling, 11 splits and one parcel's price by weight.
    const bound = 12 * 50 + 11 * 10 + 500;
    expect({ ...found, shares: found.shares.length, cost: found.cost.slice(0, 3) }).toEqual({
      shares: 12,
      cost: objective === 'cheapest' ? [0, 0, money] : [0, 12, 12],
      exact: false,
      gap: objective === 'cheapest' ? (money - bound) / money : 0,
    });
  });

  it('finds a plan where only the last of 30 warehouses have it, and none where all do not', () => {
    const { ranked, pricing } = oneSku([...ones(29), 40]);
    const found = optimize(ranked, [{ sku: 'A', quantity: 40 }], objective, pricing, 30)!;
    expect(found.shares).toEqual([{ warehouse: 'W29', sku: 'A', quantity: 40 }]);
    expect(optimize(ranked, [{ sku: 'A', quantity: 70 }], objective, pricing, 30)).toBe(null);
    expect(optimize(ranked, [{ sku: 'A', quantity: 41 }], objective, pricing, 1)).toBe(null);
  });

  it('ends where one set has more ways to deal out than anyone can look at', () => {
    const { ranked, pricing } = oneSku(Array<number>(12).fill(900));
    const found = optimize(ranked, [{ sku: 'A', quantity: 10_000 }], objective, pricing, 12)!;
    expect(found.shares.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(10_000);
    expect(found.gap).toBeLessThanOrEqual(1);
  });
});
