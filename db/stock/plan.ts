import type { AllocationOptions } from '../../domain/allocation/allocate.ts';
import { type Calendar, isLate, shipDayOf } from '../../domain/allocation/calendar.ts';
import { deliveryDay } from '../../domain/allocation/delivery-day.ts';
import type { Demand } from '../../domain/allocation/types.ts';
import type { StorePolicy } from '../../domain/policy.ts';
import type { Em } from '../database.ts';
import { readCalendars } from './calendars.ts';
import { type Card, pricingFor, readCards } from './pricing.ts';
import { readSites, serves, type SupplySite } from './supply.ts';

/** Where it goes and how it is chosen. */
export interface Choosing {
  country: string;
  policy: StorePolicy;
  now: Date;
  /** Warehouses that are not to serve it. */
  excluded: readonly string[];
  /** What is chosen is written next: the days of warehouses with a limit are locked. */
  lock: boolean;
  /** Prices are wanted also where the objective does without. */
  priced?: boolean;
}

/** A warehouse as it would ship it. Days are YYYY-MM-DD. */
export interface PlannedSite extends SupplySite {
  shipDay: string;
  /** Of the fastest of its rate cards that are used; null: it has none. Working days. */
  transitDays: number | null;
  late: boolean;
  /** Units that are free and yet left out: their lots expire before they could be delivered. */
  expiring: Record<string, number>;
}

export interface Plan {
  sites: PlannedSite[];
  /** Those that serve the country and never work within a year. */
  resting: string[];
  options: AllocationOptions;
}

/** What `allocate` is to be asked with: one reading for whoever ships and whoever only wants to know. */
export async function planFor(em: Em, demand: readonly Demand[], how: Choosing): Promise<Plan> {
  const { country, policy, excluded } = how;
  const skus = demand.map(({ sku }) => sku);
  const serving = (await readSites(em, skus)).filter(
    (site) => serves(site, country) && !excluded.includes(site.warehouse),
  );
  const codes = serving.map(({ warehouse }) => warehouse);
  const [calendars, cards, { notBefore, perishable }] = await Promise.all([
    readCalendars(em, codes, how.now, how.lock),
    readCards(em, codes, country),
    readDays(em, codes, skus),
  ]);
  const dated = serving.flatMap((site) => {
    const days = daysOf(calendars.get(site.warehouse)!, cardsOf(site, cards), notBefore, policy);
    return days ? [{ ...site, ...days }] : [];
  });
  const byMoney = how.priced || policy.objective === 'cheapest' || policy.objective === 'fewest-parcels';
  return {
    sites: perishable
      ? await withoutExpiring(em, dated, skus, policy)
      : dated.map((site) => ({ ...site, expiring: {} })),
    resting: codes.filter((code) => !dated.some(({ warehouse }) => warehouse === code)),
    options: {
      objective: policy.objective,
      destination: { country },
      splitAllowed: policy.splitAllowed,
      ...(byMoney && {
        pricing: await pricingFor(em, demand, codes, {
          cards: dated.flatMap(({ usable }) => usable),
          splitCost: policy.splitCost,
        }),
      }),
    },
  };
}

const cardsOf = ({ warehouse }: SupplySite, cards: readonly Card[]) =>
  cards.filter((card) => card.warehouse === warehouse);

type Days = Pick<PlannedSite, 'shipDay' | 'transitDays' | 'late'>;

/** When it ships, whether that is in time, and the cards that are; where none is, all of them. */
function daysOf(
  calendar: Calendar,
  cards: readonly Card[],
  notBefore: string | null,
  { promiseDays }: StorePolicy,
): (Days & { usable: readonly Card[] }) | null {
  const shipDay = shipDayOf(calendar, notBefore);
  if (shipDay === null) return null;
  const inTime = cards.filter(({ transitDays }) => !isLate(calendar, shipDay, transitDays, promiseDays));
  const late = cards.length > 0 ? inTime.length === 0 : isLate(calendar, shipDay, null, promiseDays);
  const usable = late ? cards : inTime;
  const transitDays = usable.length > 0 ? Math.min(...usable.map((card) => card.transitDays)) : null;
  return { shipDay, transitDays, late, usable };
}

/** `notBefore`: something of it may not leave before that day. `perishable`: it matters how long it is on its way. */
async function readDays(
  em: Em,
  warehouses: readonly string[],
  skus: readonly string[],
): Promise<{ notBefore: string | null; perishable: boolean }> {
  const wanted = skus.length ? [...skus] : [''];
  const where = warehouses.length ? [...warehouses] : [''];
  const [row] = await em.execute<{ notBefore: string | null; perishable: boolean }[]>(
    `select to_char(max(ships_from), 'YYYY-MM-DD') as "notBefore",
            exists (select 1 from lot where warehouse in (?) and sku in (?)
                    and expires_at is not null and on_hand > claimed) as perishable
     from product where sku in (?)`,
    [where, wanted, wanted],
  );
  return row!;
}

/** Takes from what is free of each warehouse what would be out of date on the day of its delivery. */
async function withoutExpiring(
  em: Em,
  sites: readonly (SupplySite & Days)[],
  skus: readonly string[],
  { promiseDays }: StorePolicy,
): Promise<PlannedSite[]> {
  const days = sites.map(({ warehouse, shipDay }) => ({ warehouse, day: deliveryDay(shipDay, promiseDays) }));
  const rows = await em.execute<{ warehouse: string; sku: string; free: number }[]>(
    `select l.warehouse, l.sku, sum(l.on_hand - l.claimed)::int as free
     from jsonb_to_recordset(?::jsonb) d (warehouse text, day date) join lot l on l.warehouse = d.warehouse
     where l.sku in (?) and l.state = 'sellable' and l.on_hand > l.claimed and l.expires_at < d.day
     group by l.warehouse, l.sku`,
    [JSON.stringify(days), skus.length ? [...skus] : ['']],
  );
  return sites.map((site) => {
    const expiring = rows
      .filter(({ warehouse }) => warehouse === site.warehouse)
      .map(({ sku, free }): [string, number] => [sku, Math.min(free, site.available[sku] ?? 0)]);
    const gone = new Map(expiring);
    const available = Object.entries(site.available).map(([sku, free]) => [sku, free - (gone.get(sku) ?? 0)]);
    return {
      ...site,
      available: Object.fromEntries(available) as Record<string, number>,
      expiring: Object.fromEntries(expiring),
    };
  });
}
