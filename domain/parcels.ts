import { compareText } from './compare.ts';

export interface Dimensions {
  /** Millimeters. */
  length: number;
  width: number;
  height: number;
}

/** Units of one SKU to pack; weight and dimensions are those of one unit. */
export interface PackItem {
  sku: string;
  quantity: number;
  weightGrams: number;
  dimensions: Dimensions;
}

export interface PackLimits {
  /** Of a parcel with everything in it. */
  maxWeightGrams: number;
  /** Of the empty box with its filling; counted into every parcel. Default: 0. */
  packagingGrams?: number;
}

export interface PackedParcel {
  items: { sku: string; quantity: number }[];
  weightGrams: number;
  dimensions: Dimensions;
  /** One unit that is heavier than the limit by itself: a carrier may refuse it. */
  overLimit: boolean;
}

/**
 * Parcels by weight: the heaviest units first, each into the first parcel that still bears it (first-fit
 * decreasing: at most 11/9 of the fewest parcels and one more); a unit beyond the limit travels alone and is
 * flagged. Equal weights go by volume, then SKU, so the answer never depends on the order of the items.
 *
 * The dimensions are an estimate that surely holds the contents: see `boxFor`. Throws RangeError for a
 * quantity, weight or dimension that can't be.
 */
export function packParcels(items: readonly PackItem[], limits: PackLimits): PackedParcel[] {
  const summed = sumItems(items);
  const packaging = limits.packagingGrams ?? 0;
  const bearable = limits.maxWeightGrams - packaging;
  if (!(bearable > 0)) throw new RangeError(`A parcel can't bear anything: ${limits.maxWeightGrams} g`);
  const parcels: OpenParcel[] = [];
  for (const item of summed.sort(heaviestFirst)) {
    if (item.weightGrams > bearable) parcels.push(...oneEach(item));
    else fillAll(parcels, item, bearable);
  }
  return parcels.map((parcel) => seal(parcel, packaging));
}

interface OpenParcel {
  items: PackItem[];
  freeGrams: number;
  overLimit: boolean;
}

function oneEach(item: PackItem): OpenParcel[] {
  return Array.from({ length: item.quantity }, () => ({
    items: [{ ...item, quantity: 1 }],
    freeGrams: 0,
    overLimit: true,
  }));
}

/** Puts every unit into the first parcel that bears it, opening new ones at the end of the list. */
function fillAll(parcels: OpenParcel[], item: PackItem, bearable: number): void {
  let left = item.quantity;
  for (let index = 0; left > 0; index++) {
    const parcel = (parcels[index] ??= { items: [], freeGrams: bearable, overLimit: false });
    if (parcel.overLimit) continue;
    const room = item.weightGrams === 0 ? left : Math.floor(parcel.freeGrams / item.weightGrams);
    const quantity = Math.min(left, room);
    if (quantity === 0) continue;
    parcel.items.push({ ...item, quantity });
    parcel.freeGrams -= quantity * item.weightGrams;
    left -= quantity;
  }
}

function seal({ items, overLimit }: OpenParcel, packaging: number): PackedParcel {
  return {
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    weightGrams: items.reduce((sum, item) => sum + item.quantity * item.weightGrams, packaging),
    dimensions: boxFor(items),
    overLimit,
  };
}

/**
 * A box that holds these units in columns: every unit lies on its largest face, columns stand side by side, the
 * footprint of each is the longest and the second longest side found, and the number of columns is the one that
 * makes the box most even (least sum of sides; fewer columns of equal ones). It is never too small; mixed sizes
 * leave air in it, which a real cartonization would not.
 */
export function boxFor(items: readonly PackItem[]): Dimensions {
  const lying = items.map(({ quantity, dimensions }) => {
    const [height = 0, width = 0, length = 0] = Object.values(pick(dimensions)).sort((a, b) => a - b);
    return { quantity, height, width, length };
  });
  const length = Math.max(0, ...lying.map((unit) => unit.length));
  const width = Math.max(0, ...lying.map((unit) => unit.width));
  const heights = lying
    .flatMap(({ quantity, height }) => Array<number>(quantity).fill(height))
    .sort((a, b) => b - a);
  let best = { length, width, height: heights.reduce((sum, height) => sum + height, 0) };
  for (let columns = 2; columns <= Math.ceil(Math.sqrt(heights.length)); columns++) {
    // Dealt round from the tallest on, the first column is the tallest.
    const tallest = heights
      .filter((_, index) => index % columns === 0)
      .reduce((sum, height) => sum + height, 0);
    const sides = width * columns + tallest;
    if (sides < best.width + best.height) best = { length, width: width * columns, height: tallest };
  }
  const [height, middle, longest] = Object.values(best).sort((a, b) => a - b) as [number, number, number];
  return { length: longest, width: middle, height };
}

function pick({ length, width, height }: Dimensions): Dimensions {
  return { length, width, height };
}

/** One item per SKU. Throws RangeError for a quantity, weight or dimension that can't be. */
export function sumItems<T extends PackItem>(items: readonly T[]): T[] {
  items.forEach(checkItem);
  const bySku = new Map<string, T>();
  for (const item of items) {
    const same = bySku.get(item.sku);
    bySku.set(item.sku, same ? { ...same, quantity: same.quantity + item.quantity } : item);
  }
  return [...bySku.values()].filter(({ quantity }) => quantity > 0);
}

function heaviestFirst(a: PackItem, b: PackItem): number {
  const volume = ({ dimensions }: PackItem) => dimensions.length * dimensions.width * dimensions.height;
  return b.weightGrams - a.weightGrams || volume(b) - volume(a) || compareText(a.sku, b.sku);
}

function checkItem({ sku, quantity, weightGrams, dimensions }: PackItem): void {
  if (!Number.isSafeInteger(quantity) || quantity < 0)
    throw new RangeError(`Not a quantity of ${sku}: ${quantity}`);
  if (!(weightGrams >= 0 && weightGrams < Infinity))
    throw new RangeError(`Not a weight of ${sku}: ${weightGrams}`);
  const sides = Object.entries(pick(dimensions));
  const wrong = sides.find(([, side]) => !(side >= 0 && side < Infinity));
  if (wrong) throw new RangeError(`Not a ${wrong[0]} of ${sku}: ${wrong[1]}`);
}
