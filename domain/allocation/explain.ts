import { optimize } from './optimize.ts';
import type { AllocationOptions } from './allocate.ts';
import { availableAt } from './quantities.ts';
import { compareCosts, type Cost, rankSites } from './strategies.ts';
import type { Demand, Share, Site } from './types.ts';

/** Why a warehouse was not taken. Codes are stable; the sentences are for people. */
export interface Why {
  code:
    | 'closed'
    | 'does_not_serve'
    | 'excluded'
    | 'never_works'
    | 'nothing_there'
    | 'short'
    | 'late'
    | 'abroad'
    | 'farther'
    | 'lower_priority'
    | 'unpriced'
    | 'costs_more'
    | 'more_parcels'
    | 'more_fulfillments'
    | 'by_code';
  message: string;
}

/** How amounts of the books' currency are shown to people. */
type Show = (minor: number) => string;

/**
 * Why a warehouse that serves the destination ships nothing of it: it has not everything, or it has, and something
 * counts against it at the first place where it differs from what was chosen.
 */
export function whyNot(
  site: Site,
  demand: readonly Demand[],
  chosen: readonly Share[],
  sites: readonly Site[],
  options: AllocationOptions,
  show: Show,
): Why {
  const has = demand.map(({ sku, quantity }) => ({ sku, quantity, free: availableAt(site, sku) }));
  if (has.every(({ free }) => free === 0))
    return { code: 'nothing_there', message: 'It has nothing of it that is free.' };
  const short = has.filter(({ quantity, free }) => free < quantity);
  if (short.length > 0) {
    const parts = short.map(({ sku, quantity, free }) => `${free} of ${quantity} ${sku}`);
    return { code: 'short', message: `It has only ${parts.join(', ')} free.` };
  }
  const taken = sites.filter(({ warehouse }) => chosen.some((share) => share.warehouse === warehouse));
  return againstIt(site, taken, demand, options, show);
}

interface Part {
  code: Why['code'];
  /** Of the warehouse's own number and that of what was chosen. */
  say(own: number, best: number): string;
}

const late: Part = { code: 'late', say: () => 'It would be there after the promised day.' };
const abroad: Part = { code: 'abroad', say: () => 'It is in another country.' };
const farther: Part = {
  code: 'farther',
  say: (own, best) => `It is ${kilometers(own)} km away, what was chosen ${kilometers(best)} km.`,
};
const lower: Part = {
  code: 'lower_priority',
  say: (own, best) => `Its priority is ${own}, that of what was chosen ${best}.`,
};
const kilometers = (meters: number) => Math.round(meters / 1_000);

/** In the order in which strategies and the optimizer count. */
function partsOf({ objective }: AllocationOptions, priced: boolean, show: Show): Part[] {
  if (objective === 'priority') return [late, lower, abroad, farther];
  const nearest = [late, abroad, farther, lower];
  if (!priced) return nearest;
  const fulfillments: Part = {
    code: 'more_fulfillments',
    say: (own, best) => `It would make ${own} fulfillments, what was chosen ${best}.`,
  };
  const parcels: Part = {
    code: 'more_parcels',
    say: (own, best) => `It would take ${own} parcels, what was chosen ${best}.`,
  };
  if (objective === 'fewest-parcels') return [late, parcels, fulfillments, ...nearest];
  const unpriced: Part = {
    code: 'unpriced',
    say: () => 'No rate card of it takes this: what it costs is not known.',
  };
  const money: Part = {
    code: 'costs_more',
    say: (own, best) => `It would cost ${show(own)}, what was chosen ${show(best)}.`,
  };
  return [late, unpriced, money, fulfillments, ...nearest];
}

function againstIt(
  site: Site,
  taken: readonly Site[],
  demand: readonly Demand[],
  options: AllocationOptions,
  show: Show,
): Why {
  const { objective, pricing } = options;
  const priced = Boolean(pricing) && (objective === 'cheapest' || objective === 'fewest-parcels');
  const costOf = (some: readonly Site[]): Cost => {
    const ranked = rankSites(some, objective, options.destination);
    if (pricing && (objective === 'cheapest' || objective === 'fewest-parcels'))
      return optimize(ranked, demand, objective, pricing, some.length)?.cost ?? [];
    return ranked[0]!.cost.map((_, part) => ranked.reduce((sum, { cost }) => sum + cost[part]!, 0));
  };
  const [own, best] = [costOf([site]), costOf(taken)];
  const parts = partsOf(options, priced, show);
  const first = parts.findIndex((_, index) => own[index] !== best[index]);
  if (first === -1 || compareCosts(own, best) <= 0)
    return { code: 'by_code', message: 'It is as good as what was chosen, and comes after it by its code.' };
  const { code, say } = parts[first]!;
  return { code, message: say(own[first]!, best[first]!) };
}
