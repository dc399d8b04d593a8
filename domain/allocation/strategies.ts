import { compareText } from '../compare.ts';
import { centerOf, distanceMeters } from '../countries.ts';
import type { AllocationObjective, Destination, Site } from './types.ts';

/**
 * What choosing a warehouse costs, the weightiest part first; parts are whole numbers, those of several
 * warehouses are added part by part, and the lower cost wins at the first part that differs.
 */
export type Cost = readonly number[];

/** How an objective prices a warehouse for a destination. */
export type Strategy = (site: Site, destination: Destination) => Cost;

/** In time first, then the warehouses' own country (no customs), then great-circle distance, then priority. */
const nearest: Strategy = (site, destination) => [
  lateness(site),
  isAbroad(site, destination),
  distance(site, destination),
  site.priority,
];

/** In time first, then the seller's own ranking, then as `nearest`. */
const priority: Strategy = (site, destination) => [
  lateness(site),
  site.priority,
  isAbroad(site, destination),
  distance(site, destination),
];

/** A new objective is one function above and one line here. What is alike by money or parcels goes to the nearest. */
const strategies: Readonly<Record<AllocationObjective, Strategy>> = {
  nearest,
  priority,
  cheapest: nearest,
  'fewest-parcels': nearest,
};

/** The objectives that a store can choose. */
export const offeredObjectives = Object.keys(strategies) as AllocationObjective[];

/** Throws RangeError for an objective that is not offered. */
export function strategyOf(objective: AllocationObjective): Strategy {
  const strategy = Object.hasOwn(strategies, objective) ? strategies[objective] : undefined;
  if (!strategy) {
    throw new RangeError(
      `Not an allocation objective: ${objective}; offered: ${offeredObjectives.join(', ')}`,
    );
  }
  return strategy;
}

/**
 * The warehouses from the best to the worst for the destination, each with its cost. Equal costs go by
 * warehouse code, so that the answer never depends on the order they came in.
 */
export function rankSites(
  sites: readonly Site[],
  objective: AllocationObjective,
  destination: Destination,
): { site: Site; cost: Cost }[] {
  const strategy = strategyOf(objective);
  return sites
    .map((site) => ({ site, cost: strategy(site, destination) }))
    .sort((a, b) => compareCosts(a.cost, b.cost) || compareText(a.site.warehouse, b.site.warehouse));
}

/** Negative where the first is lower. */
export function compareCosts(a: Cost, b: Cost): number {
  const first = a.findIndex((part, index) => part !== b[index]);
  return first === -1 ? 0 : a[first]! - b[first]!;
}

export function addCosts(a: Cost, b: Cost): Cost {
  return a.map((part, index) => part + b[index]!);
}

const lateness = (site: Site) => (site.late ? 1 : 0);

function isAbroad(site: Site, destination: Destination): number {
  return site.country === destination.country ? 0 : 1;
}

/** In meters; the same for all where the destination can't be placed, so that the next part decides. */
function distance(site: Site, { country, latitude, longitude }: Destination): number {
  const to = latitude !== undefined && longitude !== undefined ? { latitude, longitude } : centerOf(country);
  return to ? distanceMeters(site, to) : 0;
}
