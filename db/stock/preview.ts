import { allocate } from '../../domain/allocation/allocate.ts';
import { deliveryDay } from '../../domain/allocation/delivery-day.ts';
import { type Why, whyNot } from '../../domain/allocation/explain.ts';
import { priceBundle } from '../../domain/allocation/price.ts';
import { sumDemand } from '../../domain/allocation/quantities.ts';
import type { Demand, Share, Shortage } from '../../domain/allocation/types.ts';
import type { CartonedParcel } from '../../domain/cartons.ts';
import { formatMinor } from '../../domain/money.ts';
import type { StorePolicy } from '../../domain/policy.ts';
import type { Em } from '../database.ts';
import { packAt } from './pack.ts';
import { type Plan, type PlannedSite, planFor } from './plan.ts';
import { serves } from './supply.ts';

export interface Previewing {
  country: string;
  policy: StorePolicy;
  now: Date;
  excluded: readonly string[];
  /** ISO 4217. */
  booksCurrency: string;
  /** What the order holds already: free to itself. */
  own?: readonly { warehouse: string; sku: string; quantity: number }[];
}

/** What one warehouse would ship. Amounts are estimates by rate cards, in minor units of the books' currency. */
export interface PreviewedFulfillment {
  warehouse: string;
  lines: Demand[];
  shipDay: string;
  /** null: neither a rate card nor a promise says how long it takes. */
  deliveryDay: string | null;
  late: boolean;
  parcels: CartonedParcel[];
  handling: number;
  /** null: not known. */
  shipping: number | null;
}

export interface Preview {
  possible: boolean;
  short: Shortage[];
  fulfillments: PreviewedFulfillment[];
  /** What splitting costs beside that. */
  splitting: number;
  gap: number | null;
  warehouses: { warehouse: string; chosen: boolean; why: Why | null }[];
}

/** Where an order would ship from if it were allocated now, and why not from elsewhere. Changes and locks nothing. */
export async function previewAllocation(em: Em, lines: readonly Demand[], how: Previewing): Promise<Preview> {
  const demand = sumDemand(lines);
  const planned = await planFor(em, demand, { ...how, lock: false, priced: true });
  const plan = { ...planned, sites: planned.sites.map((site) => withOwn(site, how.own ?? [])) };
  const result = allocate(demand, plan.sites, {
    ...plan.options,
    partAllowed: how.policy.splitAllowed && !how.policy.shipComplete,
  });
  const shares = result.ok ? result.shares : [];
  const codes = [...new Set(shares.map(({ warehouse }) => warehouse))];
  const fulfillments: PreviewedFulfillment[] = [];
  for (const code of codes)
    fulfillments.push(
      await previewOne(
        em,
        plan,
        code,
        shares.filter(({ warehouse }) => warehouse === code),
        how,
      ),
    );
  return {
    possible: result.ok,
    short: result.short ?? [],
    fulfillments,
    splitting: Math.max(0, codes.length - 1) * how.policy.splitCost,
    gap: result.ok ? (result.gap ?? null) : null,
    warehouses: await explainAll(em, plan, demand, shares, how),
  };
}

function withOwn(site: PlannedSite, own: NonNullable<Previewing['own']>): PlannedSite {
  const available = { ...site.available };
  for (const { warehouse, sku, quantity } of own)
    if (warehouse === site.warehouse) available[sku] = (available[sku] ?? 0) + quantity;
  return { ...site, available };
}

async function previewOne(
  em: Em,
  plan: Plan,
  warehouse: string,
  shares: readonly Share[],
  { policy: { promiseDays } }: Previewing,
): Promise<PreviewedFulfillment> {
  const { shipDay, transitDays, late } = plan.sites.find((site) => site.warehouse === warehouse)!;
  const { goods, terms } = plan.options.pricing!;
  const units = new Map(shares.map(({ sku, quantity }) => [sku, quantity]));
  const days = transitDays ?? promiseDays;
  return {
    warehouse,
    lines: shares.map(({ sku, quantity }) => ({ sku, quantity })),
    shipDay,
    deliveryDay: days === null ? null : deliveryDay(shipDay, days),
    late,
    parcels: await packAt(em, warehouse, shares),
    handling: terms[warehouse]!.handling,
    shipping: priceBundle(units, goods, terms[warehouse]!).shipping,
  };
}

async function explainAll(
  em: Em,
  plan: Plan,
  demand: readonly Demand[],
  shares: readonly Share[],
  how: Previewing,
): Promise<Preview['warehouses']> {
  const rows = await em.execute<{ warehouse: string; active: boolean; countries: string[] }[]>(
    'select code as warehouse, active, to_jsonb(countries) as countries from warehouse order by code',
  );
  const show = (minor: number) => `${formatMinor(minor, how.booksCurrency)} ${how.booksCurrency}`;
  return rows.map((row) => {
    const chosen = shares.some(({ warehouse }) => warehouse === row.warehouse);
    const site = plan.sites.find(({ warehouse }) => warehouse === row.warehouse);
    if (chosen) return { warehouse: row.warehouse, chosen, why: null };
    const why = site ? whyNotSite(site, plan, demand, shares, show) : whyLeftOut(row, how);
    return { warehouse: row.warehouse, chosen, why };
  });
}

function whyNotSite(
  site: PlannedSite,
  { sites, options }: Plan,
  demand: readonly Demand[],
  shares: readonly Share[],
  show: (minor: number) => string,
): Why {
  const why = whyNot(site, demand, shares, sites, options, show);
  const expiring = Object.entries(site.expiring).filter(([, units]) => units > 0);
  if (expiring.length === 0 || (why.code !== 'short' && why.code !== 'nothing_there')) return why;
  const parts = expiring.map(([sku, units]) => `${units} of ${sku}`).join(', ');
  return { ...why, message: `${why.message} ${parts} would expire on the way.` };
}

function whyLeftOut(
  site: { warehouse: string; active: boolean; countries: string[] },
  { country, excluded }: Previewing,
): Why {
  if (!site.active) return { code: 'closed', message: 'It is closed.' };
  if (!serves(site, country)) return { code: 'does_not_serve', message: `It does not serve ${country}.` };
  if (excluded.includes(site.warehouse)) return { code: 'excluded', message: 'It was left out.' };
  return { code: 'never_works', message: 'It has no working day within a year.' };
}
