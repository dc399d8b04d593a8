import { compareText } from '../compare.ts';
import { shortages, sumDemand, takeFrom, takeInOrder, without } from './quantities.ts';
import type { Demand, Share, Shortage, Site } from './types.ts';

/** What an order wants, and the warehouses that serve its destination, the preferred ones first. */
export interface Want {
  demand: readonly Demand[];
  warehouses: readonly string[];
  /** Default: true. */
  splitAllowed?: boolean;
}

/** An order that waits for stock. */
export interface QueueEntry extends Want {
  key: string;
  /** Lower goes first. */
  priority: number;
  /** Not served wholly, it goes away: nothing is set aside for it. */
  orNothing?: boolean | undefined;
  /** RFC 3339; of equal priority the longest waiting goes first. */
  waitingSince: string;
}

/**
 * The quick choice that reserving claims by; allocation decides exactly later. One warehouse that has
 * everything, the first of the preference; else, where a split is allowed, what each has in that order. null
 * where not everything is there.
 */
export function quickEstimate(sites: readonly Site[], want: Want): Share[] | null {
  const demand = sumDemand(want.demand);
  const serving = servingSites(sites, want);
  const single = serving.find((site) => takeFrom(site, demand).rest.length === 0);
  if (single) return takeFrom(single, demand).shares;
  if (want.splitAllowed === false) return null;
  const { shares, rest } = takeInOrder(serving, demand);
  return rest.length === 0 ? shares : null;
}

/**
 * What is left for a newcomer after every waiting order, in the order given, has set aside what it wants: its
 * quick estimate where all of it is there, else all that there is, its preferred warehouses first. Never
 * below zero. So nobody takes what somebody earlier waits for.
 */
export function setAside(sites: readonly Site[], waiting: readonly Want[]): Site[] {
  return waiting.reduce<Site[]>(
    (left, want) => subtract(left, quickEstimate(left, want) ?? allThereIs(left, want)),
    [...sites],
  );
}

/**
 * Gives stock to the queue, by priority, then age, then key. An entry is served wholly or not at all; one that
 * can't be served sets aside what there is of its SKUs, so that nobody after it takes that. `left` is what
 * remains for a newcomer.
 */
export function serveQueue(
  sites: readonly Site[],
  entries: readonly QueueEntry[],
): {
  served: { key: string; shares: Share[] }[];
  waiting: Waiting[];
  left: Site[];
} {
  const served: { key: string; shares: Share[] }[] = [];
  const waiting: Waiting[] = [];
  let left = [...sites];
  for (const entry of entries.toSorted(byPriorityAndAge)) {
    const shares = quickEstimate(left, entry);
    const there = shares ?? allThereIs(left, entry);
    if (shares) served.push({ key: entry.key, shares });
    else waiting.push({ key: entry.key, short: missing(left, entry), there });
    if (shares || !entry.orNothing) left = subtract(left, there);
  }
  return { served, waiting, left };
}

/** An entry that can't be served wholly. */
export interface Waiting {
  key: string;
  short: Shortage[];
  /** What there is of it, set aside for it: its own where part of an order is better than nothing. */
  there: Share[];
}

/** The order of the queue. */
export function byPriorityAndAge(
  a: Pick<QueueEntry, 'priority' | 'waitingSince' | 'key'>,
  b: Pick<QueueEntry, 'priority' | 'waitingSince' | 'key'>,
): number {
  return (
    a.priority - b.priority ||
    Date.parse(a.waitingSince) - Date.parse(b.waitingSince) ||
    compareText(a.key, b.key)
  );
}

function allThereIs(sites: readonly Site[], want: Want): Share[] {
  return takeInOrder(servingSites(sites, want), sumDemand(want.demand)).shares;
}

/** Against all its warehouses; empty where only the ban on splitting keeps it waiting. */
function missing(sites: readonly Site[], want: Want): Shortage[] {
  return shortages(takeInOrder(servingSites(sites, want), sumDemand(want.demand)).rest);
}

function servingSites(sites: readonly Site[], want: Want): Site[] {
  const byCode = new Map(sites.map((site) => [site.warehouse, site]));
  return [...new Set(want.warehouses)].flatMap((warehouse) => byCode.get(warehouse) ?? []);
}

function subtract(sites: readonly Site[], shares: readonly Share[]): Site[] {
  return sites.map((site) => without(site, shares));
}
