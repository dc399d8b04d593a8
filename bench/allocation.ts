/**
 * How long the exact choice takes, by lines and warehouses, where no warehouse has everything: median and the slowest
 * of a hundred, how many had a plan, how many of those were exact, and how far from a bound the others may be. No database.
 *
 * `npm run bench:allocation [cases]`, 200 per size unless given.
 */
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { optimize, type Pricing } from '../domain/allocation/optimize.ts';
import { rankSites } from '../domain/allocation/strategies.ts';
import type { Demand, Site } from '../domain/allocation/types.ts';
import { seededRandom } from '../sandbox/random.ts';

const cases = Number(process.argv[2] ?? 200);
if (!Number.isInteger(cases) || cases < 1) throw new RangeError('Give the number of cases: 1 or more');

const sizes: [lines: number, warehouses: number][] = [
  [1, 2],
  [3, 3],
  [6, 6],
  [10, 6],
  [10, 10],
  [20, 10],
  // One unit here and there, so that a demand needs many of them.
  [20, 24],
];
const random = seededRandom(1);
const below = (limit: number) => Math.floor(random() * limit);

const table = new Table({
  head: ['lines', 'warehouses', 'median', 'p99', 'with a plan', 'exact', 'largest gap'],
});
for (const [lines, warehouses] of sizes) {
  const times: number[] = [];
  let exact = 0;
  let planned = 0;
  let gap = 0;
  for (let n = 0; n < cases; n++) {
    const { sites, demand, pricing } = makeCase(lines, warehouses);
    const begun = performance.now();
    const ranked = rankSites(sites, 'nearest', { country: 'DE' });
    const found = optimize(ranked, demand, 'cheapest', pricing, warehouses);
    times.push(performance.now() - begun);
    planned += found ? 1 : 0;
    exact += found?.exact ? 1 : 0;
    gap = Math.max(gap, found?.gap ?? 0);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    `${times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(2)} ms`;
  table.push([lines, warehouses, at(0.5), at(0.99), planned, exact, `${(gap * 100).toFixed(1)} %`]);
}
console.log(
  `Objective cheapest, ${cases} cases each; ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`,
);
console.log(table.toString());

/** Each warehouse has some of each SKU; all together have enough for most. */
function makeCase(lines: number, warehouses: number): { sites: Site[]; demand: Demand[]; pricing: Pricing } {
  const skus = Array.from({ length: lines }, (_, index) => `S${index}`);
  const sites = Array.from({ length: warehouses }, (_, index) => ({
    warehouse: `W${index}`,
    country: 'DE',
    latitude: 47 + below(8),
    longitude: 6 + below(9),
    priority: below(3),
    available: Object.fromEntries(
      skus.map((sku) => [sku, warehouses > 10 ? Number(below(3) === 0) : below(4)]),
    ),
  }));
  const goods = Object.fromEntries(
    skus.map((sku) => [
      sku,
      { weightGrams: 200 + below(3_000), cubicMm: 1_000_000, parcelClass: null, shipsAlone: false },
    ]),
  );
  const brackets = () => {
    let price = 350 + below(200);
    const steps = [1, 2, 5, 10, 20, 30];
    return {
      brackets: steps.map((kilos) => ({ upToGrams: kilos * 1_000, price: (price += below(250)) })),
      dimensionalDivisor: null,
    };
  };
  const terms = Object.fromEntries(
    sites.map(({ warehouse }) => [
      warehouse,
      { handling: 80 + below(60), services: [brackets(), brackets()] },
    ]),
  );
  const demand = skus.map((sku) => ({ sku, quantity: 1 + below(3) }));
  return { sites, demand, pricing: { goods, terms, splitCost: 200 } };
}
