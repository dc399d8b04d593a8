import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allocate } from '../../../../domain/allocation/allocate.ts';
import {
  addCosts,
  compareCosts,
  offeredObjectives,
  rankSites,
} from '../../../../domain/allocation/strategies.ts';
import type {
  AllocationObjective,
  AllocationResult,
  Demand,
  Share,
  Site,
} from '../../../../domain/allocation/types.ts';

const places = {
  hamburg: { country: 'DE', latitude: 53.55, longitude: 10 },
  lyon: { country: 'FR', latitude: 45.76, longitude: 4.84 },
  reno: { country: 'US', latitude: 39.53, longitude: -119.81 },
  louisville: { country: 'US', latitude: 38.25, longitude: -85.76 },
};

function site(warehouse: keyof typeof places, available: Record<string, number>, priority = 1): Site {
  return { warehouse, ...places[warehouse], priority, available };
}

const share = (warehouse: string, sku: string, quantity: number): Share => ({ warehouse, sku, quantity });
const want = (demand: Record<string, number>): Demand[] =>
  Object.entries(demand).map(([sku, quantity]) => ({ sku, quantity }));

interface Case {
  name: string;
  demand: Record<string, number>;
  sites: Site[];
  to?: string;
  objective?: AllocationObjective;
  split?: boolean;
  part?: boolean;
  expected: AllocationResult;
}

const cases: Case[] = [
  {
    name: 'the nearest warehouse that has everything',
    demand: { A: 1 },
    sites: [site('reno', { A: 5 }), site('louisville', { A: 5 }), site('lyon', { A: 5 })],
    to: 'FR',
    expected: { ok: true, shares: [share('lyon', 'A', 1)] },
  },
  {
    name: 'a warehouse of the same country before a nearer one abroad',
    demand: { A: 1 },
    sites: [site('lyon', { A: 5 }), site('hamburg', { A: 5 })],
    to: 'DE',
    expected: { ok: true, shares: [share('hamburg', 'A', 1)] },
  },
  {
    name: 'one farther warehouse before a split between nearer ones',
    demand: { A: 1, B: 1 },
    sites: [site('hamburg', { A: 5 }), site('lyon', { B: 5 }), site('reno', { A: 1, B: 1 })],
    to: 'DE',
    expected: { ok: true, shares: [share('reno', 'A', 1), share('reno', 'B', 1)] },
  },
  {
    name: 'the nearest pair where two are needed, the nearer giving what it has',
    demand: { A: 4 },
    sites: [
      site('reno', { A: 3 }),
      site('louisville', { A: 3 }),
      site('hamburg', { A: 3 }),
      site('lyon', { A: 3 }),
    ],
    to: 'DE',
    expected: { ok: true, shares: [share('hamburg', 'A', 3), share('lyon', 'A', 1)] },
  },
  {
    name: 'two farther warehouses before three nearer ones',
    demand: { A: 3 },
    sites: [
      site('hamburg', { A: 1 }),
      site('lyon', { A: 1 }),
      site('louisville', { A: 1 }),
      site('reno', { A: 2 }),
    ],
    to: 'DE',
    expected: { ok: true, shares: [share('hamburg', 'A', 1), share('reno', 'A', 2)] },
  },
  {
    name: 'no split where it is not allowed: short against the warehouse that misses least',
    demand: { A: 2, B: 2 },
    sites: [site('hamburg', { A: 2 }), site('lyon', { A: 1, B: 2 })],
    to: 'DE',
    split: false,
    expected: { ok: false, short: [{ sku: 'A', missing: 1 }] },
  },
  {
    name: 'all or nothing: short against everything',
    demand: { A: 5, B: 1 },
    sites: [site('hamburg', { A: 2, B: 1 }), site('lyon', { A: 1 })],
    to: 'DE',
    expected: { ok: false, short: [{ sku: 'A', missing: 2 }] },
  },
  {
    name: 'a part where it is allowed, with what is missing',
    demand: { A: 5, B: 1 },
    sites: [site('hamburg', { A: 2, B: 1 }), site('lyon', { A: 1 })],
    to: 'DE',
    part: true,
    expected: {
      ok: true,
      shares: [share('hamburg', 'A', 2), share('hamburg', 'B', 1), share('lyon', 'A', 1)],
      short: [{ sku: 'A', missing: 2 }],
    },
  },
  {
    name: 'nothing, even in part, where nothing is there',
    demand: { A: 5 },
    sites: [site('hamburg', { A: 0, B: 9 }), site('lyon', { A: -3 })],
    part: true,
    expected: { ok: false, short: [{ sku: 'A', missing: 5 }] },
  },
  {
    name: 'by priority whatever the distance',
    demand: { A: 1 },
    sites: [site('hamburg', { A: 5 }, 3), site('reno', { A: 5 }, 1), site('lyon', { A: 5 }, 2)],
    to: 'DE',
    objective: 'priority',
    expected: { ok: true, shares: [share('reno', 'A', 1)] },
  },
  {
    name: 'the nearer of equal priority',
    demand: { A: 1 },
    sites: [site('reno', { A: 5 }), site('lyon', { A: 5 })],
    to: 'CH',
    objective: 'priority',
    expected: { ok: true, shares: [share('lyon', 'A', 1)] },
  },
  {
    name: 'by priority, then code, for a country that is nowhere',
    demand: { A: 1 },
    sites: [site('lyon', { A: 5 }), site('hamburg', { A: 5 })],
    to: 'XX',
    expected: { ok: true, shares: [share('hamburg', 'A', 1)] },
  },
  {
    name: 'lines of the same SKU as one',
    demand: {},
    sites: [site('hamburg', { A: 3 })],
    expected: { ok: true, shares: [] },
  },
  {
    name: 'a SKU that is named like a property of every object',
    demand: { constructor: 1 },
    sites: [site('hamburg', { A: 3 })],
    expected: { ok: false, short: [{ sku: 'constructor', missing: 1 }] },
  },
];

describe('allocate chooses', () => {
  it.each(cases)(
    '$name',
    ({ demand, sites, to = 'DE', objective = 'nearest', split = true, part, expected }) => {
      const options = { objective, destination: { country: to }, splitAllowed: split, partAllowed: part };
      expect(allocate(want(demand), sites, options)).toEqual(expected);
      expect(allocate(want(demand), sites.toReversed(), options)).toEqual(expected);
    },
  );

  it('by the destination’s coordinates where they are known', () => {
    const sites = [site('louisville', { A: 1 }), site('reno', { A: 1 })];
    const shipTo = (destination: { country: string; latitude?: number; longitude?: number }) =>
      allocate(want({ A: 1 }), sites, { objective: 'nearest', destination, splitAllowed: true });
    expect(shipTo({ country: 'US' })).toEqual({ ok: true, shares: [share('louisville', 'A', 1)] });
    expect(shipTo({ country: 'US', latitude: 37.77, longitude: -122.42 })).toEqual({
      ok: true,
      shares: [share('reno', 'A', 1)],
    });
  });

  it('after adding up lines of the same SKU', () => {
    const twice = [...want({ A: 2 }), ...want({ A: 2 })];
    const options = { objective: 'nearest', destination: { country: 'DE' }, splitAllowed: false } as const;
    expect(allocate(twice, [site('hamburg', { A: 3 })], options)).toEqual({
      ok: false,
      short: [{ sku: 'A', missing: 1 }],
    });
  });

  it('nothing for a quantity that is none, or an objective that is not offered', () => {
    const options = { objective: 'nearest', destination: { country: 'DE' }, splitAllowed: true } as const;
    expect(() => allocate(want({ A: 1.5 }), [], options)).toThrow(RangeError);
    expect(() => allocate(want({ A: -1 }), [], options)).toThrow(RangeError);
    expect(() => allocate(want({ A: 1 }), [], { ...options, objective: 'best' as 'nearest' })).toThrow(
      'Not an allocation objective: best; offered: nearest, priority, cheapest, fewest-parcels',
    );
  });
});

const skus = ['A', 'B', 'C'];
const demandOf = fc
  .uniqueArray(fc.constantFrom(...skus), { minLength: 1 })
  .chain((chosen) =>
    fc.tuple(...chosen.map((sku) => fc.integer({ min: 1, max: 6 }).map((quantity) => ({ sku, quantity })))),
  );
const sitesOf = fc
  .array(
    fc.record({
      country: fc.constantFrom('DE', 'FR', 'US'),
      latitude: fc.integer({ min: 30, max: 60 }),
      longitude: fc.integer({ min: -120, max: 20 }),
      priority: fc.integer({ min: 1, max: 3 }),
      available: fc.record({ A: fc.nat(4), B: fc.nat(4), C: fc.nat(4) }),
    }),
    { maxLength: 6 },
  )
  .map((all): Site[] => all.map((one, index) => ({ ...one, warehouse: `W${index}` })));
const objectiveOf = fc.constantFrom(...offeredObjectives);
const destination = { country: 'DE' };

function subsets<T>(all: readonly T[]): T[][] {
  return all.reduce<T[][]>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]]);
}

function holds(sites: Site[], demand: readonly Demand[]): boolean {
  return demand.every(
    ({ sku, quantity }) => sites.reduce((sum, each) => sum + (each.available[sku] ?? 0), 0) >= quantity,
  );
}

describe('allocate, whatever the stock', () => {
  it('splits among the fewest warehouses, at the least cost: checked against every subset', () => {
    fc.assert(
      fc.property(demandOf, sitesOf, objectiveOf, (demand, sites, objective) => {
        const result = allocate(demand, sites, { objective, destination, splitAllowed: true });
        const ranked = rankSites(sites, objective, destination);
        const costOf = (set: Site[]) =>
          set.map((one) => ranked.find(({ site }) => site === one)!.cost).reduce(addCosts, [0, 0, 0]);
        const able = subsets(sites).filter((set) => holds(set, demand));
        expect(result.ok).toBe(able.length > 0);
        if (!result.ok) return;
        const used = sites.filter(({ warehouse }) =>
          result.shares.some((each) => each.warehouse === warehouse),
        );
        const fewest = Math.min(...able.map((set) => set.length));
        expect(used).toHaveLength(fewest);
        const cheaper = able.filter(
          (set) => set.length === fewest && compareCosts(costOf(set), costOf(used)) < 0,
        );
        expect(cheaper).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('gives exactly what is wanted and never more than is there', () => {
    fc.assert(
      fc.property(
        demandOf,
        sitesOf,
        fc.boolean(),
        fc.boolean(),
        (demand, sites, splitAllowed, partAllowed) => {
          const result = allocate(demand, sites, {
            objective: 'nearest',
            destination,
            splitAllowed,
            partAllowed,
          });
          const shares = result.ok ? result.shares : [];
          for (const { sku, quantity } of demand) {
            const given = shares
              .filter((each) => each.sku === sku)
              .reduce((sum, each) => sum + each.quantity, 0);
            const missing = result.short?.find((each) => each.sku === sku)?.missing ?? 0;
            if (result.ok) expect(given + missing).toBe(quantity);
          }
          for (const { warehouse, sku, quantity } of shares) {
            expect(quantity).toBeGreaterThan(0);
            expect(quantity).toBeLessThanOrEqual(
              sites.find((each) => each.warehouse === warehouse)!.available[sku]!,
            );
          }
          expect(new Set(shares.map((each) => `${each.warehouse}/${each.sku}`)).size).toBe(shares.length);
          if (!splitAllowed)
            expect(new Set(shares.map((each) => each.warehouse)).size).toBeLessThanOrEqual(1);
          expect(result.ok || result.short.length > 0).toBe(true);
        },
      ),
    );
  });

  it('does not depend on the order of the warehouses', () => {
    fc.assert(
      fc.property(demandOf, sitesOf, objectiveOf, (demand, sites, objective) => {
        const options = { objective, destination, splitAllowed: true, partAllowed: true };
        expect(allocate(demand, sites.toReversed(), options)).toEqual(allocate(demand, sites, options));
      }),
    );
  });

  it('answers for a network that is made to be hard', () => {
    const sites = Array.from({ length: 60 }, (_, index): Site => {
      const available = Object.fromEntries(
        Array.from({ length: 20 }, (_, sku) => [`S${sku}`, (index * 7 + sku * 13) % 11 === 0 ? 1 : 0]),
      );
      return {
        warehouse: `W${100 + index}`,
        country: 'DE',
        latitude: 50,
        longitude: index / 10,
        priority: 1,
        available,
      };
    });
    const demand = Array.from({ length: 20 }, (_, sku) => ({ sku: `S${sku}`, quantity: 3 }));
    const result = allocate(demand, sites, { objective: 'nearest', destination, splitAllowed: true });
    const shares = result.ok ? result.shares : [];
    expect(shares.reduce((sum, each) => sum + each.quantity, 0)).toBe(60);
  });
});
