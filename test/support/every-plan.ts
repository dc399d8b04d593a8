import { expect, it } from '@jest/globals';
import { allocate } from '../../domain/allocation/allocate.ts';
import { optimize, type Pricing } from '../../domain/allocation/optimize.ts';
import { rankSites } from '../../domain/allocation/strategies.ts';
import type { Demand, Share, Site } from '../../domain/allocation/types.ts';

/** Numbers that look random and are the same every time (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

type Random = (below: number) => number;

interface Case {
  /** Of so many warehouses at most. */
  most: number;
  sites: Site[];
  demand: Demand[];
  pricing: Pricing;
}

const countries = ['DE', 'FR', 'PL'];

function randomCase(random: Random, large: boolean): Case {
  const skus = Array.from({ length: large ? 6 : 1 + random(6) }, (_, index) => `S${index}`);
  const warehouses = Array.from({ length: large ? 6 : 1 + random(6) }, (_, index) => `W${index}`);
  const sites = warehouses.map((warehouse) => ({
    warehouse,
    country: countries[random(3)]!,
    latitude: 45 + random(10),
    longitude: random(20),
    priority: random(3),
    available: Object.fromEntries(skus.map((sku) => [sku, random(large ? 2 : 4)])),
    late: random(4) === 0,
  }));
  const goods = Object.fromEntries(
    skus.map((sku) => [
      sku,
      {
        weightGrams: 1 + random(20_000),
        cubicMm: 1_000 + random(120_000_000),
        parcelClass: [null, null, 'cold', 'glass'][random(4)]!,
        shipsAlone: random(6) === 0,
      },
    ]),
  );
  const service = () => {
    const steps = [5_000, 15_000, 30_000].slice(random(2));
    let price = 300 + random(500);
    return {
      brackets: steps.map((upToGrams) => ({ upToGrams, price: (price += random(900)) })),
      dimensionalDivisor: [null, 5_000, 6_000][random(3)]!,
    };
  };
  const terms = Object.fromEntries(
    warehouses.map((warehouse) => [
      warehouse,
      {
        handling: random(3) * 100,
        services: Array.from({ length: random(3) }, service),
      },
    ]),
  );
  return {
    sites,
    most: random(3) === 0 ? 1 + random(sites.length) : sites.length,
    demand: skus.map((sku) => ({ sku, quantity: 1 + random(2) })),
    pricing: { goods, terms, splitCost: random(3) * 150 },
  };
}

const take = (site: Site, sku: string) => Math.min(9, site.available[sku] ?? 0);

/** Every way to deal out one SKU. */
function deals(sites: readonly Site[], { sku, quantity }: Demand): number[][] {
  return sites
    .reduce<number[][]>(
      (sofar, site) =>
        sofar.flatMap((dealt) => {
          const left = quantity - dealt.reduce((sum, one) => sum + one, 0);
          return Array.from({ length: Math.min(left, take(site, sku)) + 1 }, (_, units) => [...dealt, units]);
        }),
      [[]],
    )
    .filter((dealt) => dealt.reduce((sum, one) => sum + one, 0) === quantity);
}

/** All plans there are. */
function* plans({ sites, demand }: Case, ways: readonly number[][][]): Generator<Share[]> {
  if (ways.some((some) => some.length === 0)) return;
  const at = ways.map(() => 0);
  for (;;) {
    yield demand.flatMap(({ sku }, line) =>
      ways[line]![at[line]!]!.flatMap((quantity, index) =>
        quantity > 0 ? [{ warehouse: sites[index]!.warehouse, sku, quantity }] : [],
      ),
    );
    let line = 0;
    while (line < at.length && ++at[line]! === ways[line]!.length) at[line++] = 0;
    if (line === at.length) return;
  }
}

type Objective = 'nearest' | 'priority' | 'cheapest' | 'fewest-parcels';

/** What a plan costs, said again in other words than the optimizer's. */
function costOf(
  shares: readonly Share[],
  { pricing }: Case,
  objective: Objective,
  ranked: ReturnType<typeof rankSites>,
): number[] {
  const used = ranked.filter(({ site }) => shares.some(({ warehouse }) => warehouse === site.warehouse));
  const rank = ranked[0]!.cost.map((_, part) => used.reduce((sum, { cost }) => sum + cost[part]!, 0));
  const worse = shares.reduce(
    (sum, { warehouse, quantity }) =>
      sum + quantity * ranked.findIndex(({ site }) => site.warehouse === warehouse),
    0,
  );
  if (objective === 'nearest' || objective === 'priority') return [used.length, ...rank, worse];
  let [late, unpriced, money, parcels] = [0, 0, (used.length - 1) * pricing.splitCost, 0];
  for (const { site } of used) {
    const own = shares.filter(({ warehouse }) => warehouse === site.warehouse);
    const { handling, services } = pricing.terms[site.warehouse]!;
    const prices = services
      .map(({ brackets, dimensionalDivisor }) =>
        weigh(own, pricing, dimensionalDivisor).map(
          (weight) => brackets.find(({ upToGrams }) => weight <= upToGrams)?.price,
        ),
      )
      .filter((all): all is number[] => !all.includes(undefined))
      .map((all) => all.reduce((sum, price) => sum + price, 0));
    late += site.late ? 1 : 0;
    parcels += weigh(own, pricing, null).length;
    money += handling + (prices.length > 0 ? Math.min(...prices) : 0);
    unpriced += prices.length > 0 ? 0 : 1;
  }
  const first = objective === 'cheapest' ? [late, unpriced, money] : [late, parcels];
  return [...first, used.length, ...rank, worse];
}

/** What each parcel counts as, in grams; by the scale alone without a divisor. */
function weigh(own: readonly Share[], { goods }: Pricing, divisor: number | null): number[] {
  const counted = (units: readonly Share[]) => {
    const grams = units.reduce((sum, { sku, quantity }) => sum + goods[sku]!.weightGrams * quantity, 0);
    const size = units.reduce((sum, { sku, quantity }) => sum + goods[sku]!.cubicMm * quantity, 0);
    return divisor === null ? grams : Math.max(grams, Math.ceil(size / divisor));
  };
  const alone = own.flatMap((share) =>
    goods[share.sku]!.shipsAlone
      ? Array<number>(share.quantity).fill(counted([{ ...share, quantity: 1 }]))
      : [],
  );
  const rest = own.filter(({ sku }) => !goods[sku]!.shipsAlone);
  const classes = [...new Set(rest.flatMap(({ sku }) => goods[sku]!.parcelClass ?? []))].sort();
  const groups = (classes.length > 0 ? classes : ['']).map((name, index) =>
    counted(rest.filter(({ sku }) => (goods[sku]!.parcelClass ?? (index === 0 ? name : null)) === name)),
  );
  const full = groups.flatMap((weight) => [
    ...Array<number>(Math.floor(weight / 30_000)).fill(30_000),
    ...(weight % 30_000 > 0 ? [weight % 30_000] : []),
  ]);
  return [...alone, ...full];
}

/** By money and by parcels, what is alike goes to the nearest. */
const rankBy = (objective: Objective) => (objective === 'priority' ? 'priority' : 'nearest');

function less(a: readonly number[], b: readonly number[]): boolean {
  const first = a.findIndex((part, index) => part !== b[index]);
  return first >= 0 && a[first]! < b[first]!;
}

function chosen(given: Case, objective: Objective, ranked: ReturnType<typeof rankSites>): Share[] | null {
  if (objective === 'nearest' || objective === 'priority') {
    const result = allocate(given.demand, given.sites, {
      objective,
      destination: { country: 'DE' },
      splitAllowed: given.most > 1,
    });
    return result.ok ? result.shares : null;
  }
  const found = optimize(ranked, given.demand, objective, given.pricing, given.most);
  if (!found) return null;
  const cost = costOf(found.shares, given, objective, ranked);
  if (!found.exact || String(found.cost) !== String(cost))
    expect(found).toEqual({ ...found, exact: true, cost });
  return found.shares;
}

/** The best cost of all plans that use no more warehouses than may be; null where there is none. */
function bruteForce(
  given: Case,
  ways: readonly number[][][],
  objective: Objective,
  ranked: ReturnType<typeof rankSites>,
): number[] | null {
  let best: number[] | null = null;
  // By distance it is one or any number.
  const byDistance = objective === 'nearest' || objective === 'priority';
  const most = byDistance && given.most > 1 ? given.sites.length : given.most;
  for (const plan of plans(given, ways)) {
    if (new Set(plan.map(({ warehouse }) => warehouse)).size > most) continue;
    const cost = costOf(plan, given, objective, ranked);
    if (best === null || less(cost, best)) best = cost;
  }
  return best;
}

/** `mostPlans`: what brute force looks at in one case. */
const sizes = [
  { what: 'up to 6 lines by 6 warehouses', cases: 19_500, mostPlans: 120, large: false },
  { what: '6 lines by 6 warehouses', cases: 500, mostPlans: 1_000, large: true },
];

/** 20,000 cases; those of full size all have a plan. */
export function comparesWithEveryPlan(objective: Objective): void {
  it.each(sizes)(`${objective}: as good as every plan there is, $cases cases of $what`, (size) => {
    const random = seeded(20_261_127);
    const seen = { split: 0, none: 0 };
    for (let done = 0; done < size.cases;) {
      const given = randomCase(random, size.large);
      const ways = given.demand.map((want) => deals(given.sites, want));
      const count = ways.reduce((all, some) => all * some.length, 1);
      if (count > size.mostPlans || (size.large && count === 0)) continue;
      done += 1;
      const ranked = rankSites(given.sites, rankBy(objective), { country: 'DE' });
      const best = bruteForce(given, ways, objective, ranked);
      const found = chosen(given, objective, ranked);
      const cost = found && costOf(found, given, objective, ranked);
      if (String(cost) !== String(best)) expect({ given, cost }).toEqual({ given, cost: best });
      if (!found) seen.none += 1;
      else if (new Set(found.map(({ warehouse }) => warehouse)).size > 1) seen.split += 1;
    }
    // Else it proves little.
    expect(seen.split).toBeGreaterThan(size.cases / 20);
    expect(seen.none).toBeGreaterThan(size.cases / 20);
  });
}
