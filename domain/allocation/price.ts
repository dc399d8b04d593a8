/** What sending a bundle of goods from a warehouse takes: parcels and money, by weight. */

/** How a product travels. */
export interface Goods {
  weightGrams: number;
  /** Products of two different classes never share a parcel; one without a class goes with any. */
  parcelClass: string | null;
  /** Each unit in a parcel of its own. */
  shipsAlone: boolean;
}

/** The price of a parcel up to each weight, ascending; in minor units of the books' currency. */
export type RateBrackets = readonly { upToGrams: number; price: number }[];

/** How a warehouse sends to the destination. */
export interface Terms {
  /** Picking and packing one fulfillment. */
  handling: number;
  /** It can't be there by the day that was promised. */
  late: boolean;
  /** One list for each service that goes there and is in time; none: what it costs is not known. */
  services: readonly RateBrackets[];
}

export interface Bundle {
  parcels: number;
  /** null: no service takes it, or what it costs is not known. */
  shipping: number | null;
}

/** The most that one parcel may weigh. */
export const maxParcelGrams = 30_000;

/**
 * How many parcels so many units make, and the cheapest service for them. By weight: a group of goods that may share a
 * parcel fills whole parcels and one with the rest. Never less for more goods. Goods without a class go with the first
 * class that is there.
 */
export function priceBundle(
  units: ReadonlyMap<string, number>,
  goods: Readonly<Record<string, Goods>>,
  terms: Terms,
): Bundle {
  const weights = parcelWeights(units, goods);
  const prices = terms.services.map((service) =>
    weights.reduce((sum, weight) => sum + priceOf(service, weight), 0),
  );
  const cheapest = Math.min(...prices);
  return { parcels: weights.length, shipping: Number.isFinite(cheapest) ? cheapest : null };
}

function parcelWeights(units: ReadonlyMap<string, number>, goods: Readonly<Record<string, Goods>>): number[] {
  const parcels: number[] = [];
  const groups = new Map<string, number>();
  let classless = 0;
  for (const [sku, quantity] of units) {
    const { weightGrams, parcelClass, shipsAlone } = goods[sku]!;
    if (shipsAlone) for (let unit = 0; unit < quantity; unit++) parcels.push(weightGrams);
    else if (parcelClass === null) classless += weightGrams * quantity;
    else groups.set(parcelClass, (groups.get(parcelClass) ?? 0) + weightGrams * quantity);
  }
  const [first = ''] = [...groups.keys()].sort();
  if (classless > 0) groups.set(first, (groups.get(first) ?? 0) + classless);
  for (const weight of groups.values()) {
    for (let left = weight; left > 0; left -= maxParcelGrams) parcels.push(Math.min(left, maxParcelGrams));
  }
  return parcels;
}

/** Infinity where it is too heavy for the service. */
function priceOf(service: RateBrackets, weight: number): number {
  return service.find(({ upToGrams }) => weight <= upToGrams)?.price ?? Infinity;
}
