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
  /** It can't be there by the day that was promised. */
  late?: boolean;
}

export interface Share {
  warehouse: string;
  sku: string;
  quantity: number;
}

export type AllocationObjective = 'nearest' | 'priority' | 'cheapest' | 'fewest-parcels';

/** What is missing of a SKU. */
export interface Shortage {
  sku: string;
  missing: number;
}

/**
 * `short` beside shares: only where part was allowed and not everything was there. `gap`: only where there was too much
 * to look at; the best there is may be better by this share of what the objective counts, 0 to 1.
 */
export type AllocationResult =
  { ok: true; shares: Share[]; short?: Shortage[]; gap?: number } | { ok: false; short: Shortage[] };

/** Where it goes. Without coordinates the middle of the country stands for them. */
export interface Destination {
  /** ISO 3166-1 alpha-2, upper case. */
  country: string;
  latitude?: number;
  longitude?: number;
}
