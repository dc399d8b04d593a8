/** What sending a bundle of goods from a warehouse takes: parcels and money, by weight. */

/** How a product travels; weight and volume are those of one unit. */
export interface Goods {
  weightGrams: number;
  cubicMm: number;
  /** Products of two different classes never share a parcel; one without a class goes with any. */
  parcelClass: string | null;
  /** Each unit in a parcel of its own. */
  shipsAlone: boolean;
}

export interface Service {
  /** The price of a parcel up to each weight, ascending; in minor units of the books' currency. */
  brackets: readonly { upToGrams: number; price: number }[];
  /** Cubic centimeters that count as one kilogram where that is more than the scale says; null: only the scale. */
  dimensionalDivisor: number | null;
}

/** How a warehouse sends to the destination. */
export interface Terms {
  /** Picking and packing one fulfillment. */
  handling: number;
  /** Those that go there, and in time where one does; none: what it costs is not known. */
  services: readonly Service[];
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
 * class that is there. Boxes are chosen later and may make more of them.
 */
export function priceBundle(
  units: ReadonlyMap<string, number>,
  goods: Readonly<Record<string, Goods>>,
  terms: Terms,
): Bundle {
  const loads = loadsOf(units, goods);
  const prices = terms.services.map((service) =>
    loads.reduce((sum, load) => sum + priceOf(service, load), 0),
  );
  const cheapest = Math.min(...prices);
  const parcels = loads.reduce((sum, load) => sum + partsOf(load, load.grams).length, 0);
  return { parcels, shipping: Number.isFinite(cheapest) ? cheapest : null };
}

/** No parcel of at most so many grams costs less per gram, whatever is in it; 0 where what it costs is not known. */
export function leastPerGram({ services }: Terms, mostGrams: number): number {
  const least = services.flatMap(({ brackets }) =>
    brackets
      .filter((_, index) => (brackets[index - 1]?.upToGrams ?? 0) < mostGrams)
      .map(({ upToGrams, price }) => price / Math.min(upToGrams, mostGrams)),
  );
  return least.length > 0 ? Math.min(...least) : 0;
}

/** Goods that travel together. */
interface Load {
  grams: number;
  cubicMm: number;
  /** One unit, which is never parted. */
  alone: boolean;
}

function loadsOf(units: ReadonlyMap<string, number>, goods: Readonly<Record<string, Goods>>): Load[] {
  const alone: Load[] = [];
  const groups = new Map<string | null, Load>();
  for (const [sku, quantity] of units) {
    const { weightGrams, cubicMm, parcelClass, shipsAlone } = goods[sku]!;
    if (shipsAlone)
      for (let unit = 0; unit < quantity; unit++) alone.push({ grams: weightGrams, cubicMm, alone: true });
    else add(groups, parcelClass, weightGrams * quantity, cubicMm * quantity);
  }
  const classless = groups.get(null);
  const [first] = [...groups.keys()].filter((name) => name !== null).sort();
  if (classless && first !== undefined) {
    groups.delete(null);
    add(groups, first, classless.grams, classless.cubicMm);
  }
  return [...alone, ...groups.values()];
}

function add(groups: Map<string | null, Load>, name: string | null, grams: number, cubicMm: number): void {
  const load = groups.get(name) ?? { grams: 0, cubicMm: 0, alone: false };
  groups.set(name, { ...load, grams: load.grams + grams, cubicMm: load.cubicMm + cubicMm });
}

/** So many grams of a load as parcels. */
function partsOf({ alone }: Load, grams: number): number[] {
  if (alone) return [grams];
  const parts: number[] = [];
  for (let left = grams; left > 0; left -= maxParcelGrams) parts.push(Math.min(left, maxParcelGrams));
  return parts;
}

/** Infinity where it is too heavy for the service. */
function priceOf({ brackets, dimensionalDivisor }: Service, load: Load): number {
  // A cubic centimeter per kilogram is a cubic millimeter per gram.
  const byVolume = dimensionalDivisor === null ? 0 : Math.ceil(load.cubicMm / dimensionalDivisor);
  return partsOf(load, Math.max(load.grams, byVolume)).reduce(
    (sum, weight) => sum + (brackets.find(({ upToGrams }) => weight <= upToGrams)?.price ?? Infinity),
    0,
  );
}
