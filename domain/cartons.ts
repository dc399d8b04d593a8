import { pack3D } from 'binpackingjs/3d';
import { compareText } from './compare.ts';
import {
  type Dimensions,
  type PackedParcel,
  type PackItem,
  type PackLimits,
  packParcels,
  sumItems,
} from './parcels.ts';

/** A kind of box that a warehouse packs into. */
export interface Carton {
  code: string;
  /** Millimeters, inside: what goes in. */
  inner: Dimensions;
  /** Millimeters, outside: what a carrier measures. */
  outer: Dimensions;
  /** Of the empty box. */
  weightGrams: number;
  /** With everything in it. */
  maxWeightGrams: number;
  /** In the books' currency: of two that will do, the cheaper is taken. Minor units. */
  cost: number;
}

export interface CartonItem extends PackItem {
  /** Products of two different classes never share a parcel; one without a class goes with the first that is there. */
  parcelClass: string | null;
  /** Each unit in a parcel of its own, as it comes. */
  shipsAlone: boolean;
}

export interface CartonedParcel extends PackedParcel {
  /** Its kind; null: no box, or none that is known. */
  box: string | null;
}

/**
 * Parcels for what a fulfillment ships: goods that may go together share boxes, whatever else travels alone. A group
 * goes into the cheapest box that takes all of it; where none does, into the one that takes most, and so on with the
 * rest. What fits into no box travels unit by unit in a packaging of its own. Without boxes: by weight alone, see
 * `packParcels`. The library places units one beside the other in all six ways; what it places fits, but it may miss
 * a better way. Throws RangeError for a quantity, weight or dimension that can't be.
 */
export function packCartons(
  items: readonly CartonItem[],
  cartons: readonly Carton[],
  limits: PackLimits,
): CartonedParcel[] {
  const loose = (some: readonly PackItem[]) =>
    packParcels(some, limits).map((parcel) => ({ ...parcel, box: null }));
  const goods = sumItems(items);
  const alone = goods.filter(({ shipsAlone }) => shipsAlone).flatMap(unitByUnit);
  const boxes = cartons.toSorted(cheapestFirst);
  return [
    ...alone.flatMap((unit) => loose([unit])),
    ...groupsOf(goods.filter(({ shipsAlone }) => !shipsAlone)).flatMap((group) =>
      boxes.length === 0 ? loose(group) : fillBoxes(group, boxes, limits, loose),
    ),
  ];
}

const unitByUnit = <T extends PackItem>(item: T): T[] =>
  Array.from({ length: item.quantity }, () => ({ ...item, quantity: 1 }));

/** What may share a parcel. */
function groupsOf(items: readonly CartonItem[]): CartonItem[][] {
  const classes = [...new Set(items.map(({ parcelClass }) => parcelClass))].filter((name) => name !== null);
  const [first = null, ...others] = classes.sort(compareText);
  return [first, ...others].map((name) =>
    items.filter((item) => item.parcelClass === name || (item.parcelClass === null && name === first)),
  );
}

const volume = ({ length, width, height }: Dimensions) => length * width * height;

function cheapestFirst(a: Carton, b: Carton): number {
  return a.cost - b.cost || volume(a.outer) - volume(b.outer) || compareText(a.code, b.code);
}

function fillBoxes(
  group: readonly CartonItem[],
  boxes: readonly Carton[],
  limits: PackLimits,
  loose: (items: readonly PackItem[]) => CartonedParcel[],
): CartonedParcel[] {
  const parcels: CartonedParcel[] = [];
  let left = group.filter(({ quantity }) => quantity > 0);
  while (left.length > 0) {
    const filled = bestFill(left, boxes, limits);
    if (!filled) return [...parcels, ...left.flatMap(unitByUnit).flatMap((unit) => loose([unit]))];
    parcels.push(seal(filled));
    left = without(left, filled.items);
  }
  return parcels;
}

interface Filled {
  carton: Carton;
  items: PackItem[];
}

/** The cheapest box that takes everything; else what takes most, in the cheapest box that takes that. */
function bestFill(items: readonly PackItem[], boxes: readonly Carton[], limits: PackLimits): Filled | null {
  const whole = wholeFill(items, boxes, limits);
  if (whole) return whole;
  const fills = boxes
    .map((carton): Filled => ({ carton, items: fit(items, carton, limits) }))
    .filter((filled) => filled.items.length > 0);
  const most = Math.max(...fills.map(volumeIn));
  const fullest = fills.find((filled) => volumeIn(filled) === most);
  return fullest ? (wholeFill(fullest.items, boxes, limits) ?? fullest) : null;
}

function wholeFill(items: readonly PackItem[], boxes: readonly Carton[], limits: PackLimits): Filled | null {
  const needed = volumeOf(items);
  for (const carton of boxes) {
    if (volume(carton.inner) < needed) continue;
    const taken = fit(items, carton, limits);
    if (unitsOf(taken) === unitsOf(items)) return { carton, items: taken };
  }
  return null;
}

const volumeOf = (items: readonly PackItem[]) =>
  items.reduce((sum, { quantity, dimensions }) => sum + quantity * volume(dimensions), 0);
const volumeIn = ({ items }: Filled) => volumeOf(items);
const unitsOf = (items: readonly PackItem[]) => items.reduce((sum, { quantity }) => sum + quantity, 0);

/** What the library is given at once: its time grows with the third power. More units than that go in stacks. */
const mostPieces = 40;

/** A stack of units of one SKU, one on the other. */
interface Piece {
  item: PackItem;
  units: number;
}

/** As much of the items as the box takes. */
function fit(
  items: readonly PackItem[],
  { inner, weightGrams, maxWeightGrams }: Carton,
  limits: PackLimits,
): PackItem[] {
  const bearable = Math.min(maxWeightGrams, limits.maxWeightGrams) - weightGrams;
  const pieces = piecesOf(items, Math.min(...sides(inner)), bearable);
  const { packedBins } = pack3D({
    bins: [{ name: 'box', ...toLibrary(inner), maxWeight: bearable }],
    items: pieces.map((piece, index) => ({ name: String(index), ...stacked(piece) })),
  });
  const taken = new Map<PackItem, number>();
  for (const { name } of packedBins[0]?.items ?? []) {
    const { item, units } = pieces[Number(name)]!;
    taken.set(item, (taken.get(item) ?? 0) + units);
  }
  return [...taken].map(([item, quantity]) => ({ ...item, quantity }));
}

/** The largest units first; no stack higher than `highest` millimeters or heavier than `heaviest` grams. */
function piecesOf(items: readonly PackItem[], highest: number, heaviest: number): Piece[] {
  const tall = Math.ceil(unitsOf(items) / mostPieces);
  const pieces = items
    .toSorted((a, b) => volume(b.dimensions) - volume(a.dimensions) || compareText(a.sku, b.sku))
    .flatMap((item) => {
      const height = Math.min(...sides(item.dimensions));
      const most = Math.min(tall, Math.floor(highest / height), Math.floor(heaviest / item.weightGrams));
      return stacksOf(item, Math.max(1, most));
    });
  return pieces.slice(0, mostPieces);
}

function stacksOf(item: PackItem, most: number): Piece[] {
  const count = Math.ceil(item.quantity / most);
  return Array.from({ length: Math.min(count, mostPieces) }, (_, index) => ({
    item,
    units: Math.min(most, item.quantity - index * most),
  }));
}

const sides = ({ length, width, height }: Dimensions) => [length, width, height];

const toLibrary = ({ length, width, height }: Dimensions) => ({ width: length, height, depth: width });

/** Lying on their largest faces. */
function stacked({ item, units }: Piece) {
  const [height = 0, width = 0, length = 0] = sides(item.dimensions).sort((a, b) => a - b);
  return { ...toLibrary({ length, width, height: height * units }), weight: item.weightGrams * units };
}

function without(items: readonly CartonItem[], taken: readonly PackItem[]): CartonItem[] {
  return items
    .map((item) => {
      const gone = taken.find(({ sku }) => sku === item.sku)?.quantity ?? 0;
      return { ...item, quantity: item.quantity - gone };
    })
    .filter(({ quantity }) => quantity > 0);
}

function seal({ carton, items }: Filled): CartonedParcel {
  const goods = items.reduce((sum, item) => sum + item.quantity * item.weightGrams, 0);
  return {
    box: carton.code,
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    weightGrams: carton.weightGrams + goods,
    dimensions: carton.outer,
    overLimit: false,
  };
}
