import type { Parcel } from '../carrier.ts';

/** Where UPS wants pounds and inches; everywhere else kilograms and centimeters. Never a mix. */
const imperialOrigins = new Set(['US', 'PR', 'VI', 'GU', 'AS', 'MP']);

export const unitsOf = (origin: string) =>
  imperialOrigins.has(origin)
    ? { weight: 'LBS', weightName: 'Pounds', length: 'IN', lengthName: 'Inches' }
    : { weight: 'KGS', weightName: 'Kilograms', length: 'CM', lengthName: 'Centimeters' };

/** One decimal, rounded up (UPS bills what it weighs if that is more), at least 0.1: 454 g is "1.1" LBS. */
export function weightIn(unit: string, grams: number): string {
  // 0.1 lb is 45.359237 g exactly.
  const tenths = unit === 'LBS' ? Math.ceil((grams * 1_000_000) / 45_359_237) : Math.ceil(grams / 100);
  return (Math.max(1, tenths) / 10).toFixed(1);
}

/** Whole grams of a weight as UPS writes it; undefined where it can't be read. */
export function gramsOf(unit: string, weight: string): number | undefined {
  const perUnit = { LBS: 453.592_37, KGS: 1_000, OZS: 28.349_523_125 }[unit];
  return perUnit !== undefined && /^\d+(\.\d+)?$/.test(weight)
    ? Math.round(Number(weight) * perUnit)
    : undefined;
}

/** Whole units, rounded up, the longest first as UPS wants it; null where the parcel's size is not known. */
export function sizeIn(unit: string, dimensions: Parcel['dimensions']): [string, string, string] | null {
  const sides = [dimensions.length, dimensions.width, dimensions.height];
  if (sides.some((side) => side <= 0)) return null;
  const units = sides
    .toSorted((a, b) => b - a)
    .map((side) => String(unit === 'IN' ? Math.ceil((side * 10) / 254) : Math.ceil(side / 10)));
  return units as [string, string, string];
}
