/** What an order wants of one SKU, summed over its lines. */
export interface Demand {
  sku: string;
  quantity: number;
}

/** A warehouse that serves the destination, as the choice sees it. */
export interface Site {
  warehouse: string;
  country: string;
  latitude: number;
  longitude: number;
  /** Lower is preferred. */
  priority: number;
  /** Free to promise per SKU: on-hand less claimed, unavailable, and what is set aside for others. */
  available: Readonly<Record<string, number>>;
}

export interface Share {
  warehouse: string;
  sku: string;
  quantity: number;
}

export type AllocationObjective = 'nearest' | 'priority' | 'cheapest' | 'fewest-parcels';

export type AllocationResult =
  | { ok: true; shares: Share[] }
  | { ok: false; short: { sku: string; missing: number }[] };
