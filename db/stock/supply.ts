import { rankSites } from '../../domain/allocation/strategies.ts';
import type { AllocationObjective, Destination, Site } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';

/** A warehouse and what is free to promise there. Read under `lockSkus`, or without as an estimate. */
export interface SupplySite extends Site {
  /** ISO 3166-1 alpha-2 codes, or "*". */
  countries: string[];
}

/** Every active warehouse, with what is free of these SKUs. */
export async function readSites(em: Em, skus: readonly string[]): Promise<SupplySite[]> {
  return em.execute<SupplySite[]>(
    `select w.code as warehouse, w.address ->> 'country' as country, w.latitude, w.longitude, w.priority,
            to_jsonb(w.countries) as countries,
            coalesce(jsonb_object_agg(l.sku, l.on_hand - l.unavailable - l.claimed)
                     filter (where l.sku is not null), '{}') as available
     from warehouse w left join stock_level l on l.warehouse = w.code and l.sku in (?)
     where w.active group by w.code order by w.code`,
    [skus.length ? [...skus] : ['']],
  );
}

export const serves = (site: { countries: readonly string[] }, country: string): boolean =>
  site.countries.includes(country) || site.countries.includes('*');

/** Codes of the warehouses that serve the destination, the preferred ones first. */
export function servingInOrder(
  sites: readonly SupplySite[],
  objective: AllocationObjective,
  destination: Destination,
): string[] {
  const serving = sites.filter((site) => serves(site, destination.country));
  return rankSites(serving, objective, destination).map(({ site }) => site.warehouse);
}
