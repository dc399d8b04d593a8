import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Goods, priceBundle, type Service } from '../../../../domain/allocation/price.ts';

const brackets = [
  { upToGrams: 1_000, price: 400 },
  { upToGrams: 5_000, price: 600 },
  { upToGrams: 30_000, price: 1_000 },
];
const byScale: Service = { brackets, dimensionalDivisor: null };
const bySize: Service = { brackets, dimensionalDivisor: 5_000 };

const goods: Record<string, Goods> = {
  PILLOW: { weightGrams: 800, cubicMm: 20_000_000, parcelClass: null, shipsAlone: false },
  ANVIL: { weightGrams: 20_000, cubicMm: 5_000_000, parcelClass: null, shipsAlone: false },
  POST: { weightGrams: 40_000, cubicMm: 1_000, parcelClass: null, shipsAlone: true },
  ICE: { weightGrams: 500, cubicMm: 500_000, parcelClass: 'cold', shipsAlone: false },
  VASE: { weightGrams: 500, cubicMm: 500_000, parcelClass: 'glass', shipsAlone: false },
};

const bundle = (units: Record<string, number>, ...services: Service[]) =>
  priceBundle(new Map(Object.entries(units)), goods, { handling: 0, services });

describe('priceBundle', () => {
  it.each<[string, Record<string, number>, Service[], { parcels: number; shipping: number | null }]>([
    ['by the scale', { PILLOW: 1 }, [byScale], { parcels: 1, shipping: 400 }],
    ['by the size, four kilograms', { PILLOW: 1 }, [bySize], { parcels: 1, shipping: 600 }],
    ['the cheaper service', { PILLOW: 1 }, [bySize, byScale], { parcels: 1, shipping: 400 }],
    ['heavy and small by the scale', { ANVIL: 1 }, [bySize], { parcels: 1, shipping: 1_000 }],
    ['whole parcels and the rest', { ANVIL: 2 }, [byScale], { parcels: 2, shipping: 2_000 }],
    ['classes apart', { ICE: 1, VASE: 1, PILLOW: 1 }, [byScale], { parcels: 2, shipping: 1_000 }],
    ['too heavy for one', { POST: 1 }, [byScale], { parcels: 1, shipping: null }],
    ['without a price', { ICE: 1 }, [], { parcels: 1, shipping: null }],
  ])('%s', (_name, units, services, expected) => expect(bundle(units, ...services)).toEqual(expected));

  it('never asks less for more', () => {
    const units = fc.dictionary(
      fc.constantFrom('PILLOW', 'ANVIL', 'ICE', 'VASE'),
      fc.integer({ min: 1, max: 6 }),
    );
    fc.assert(
      fc.property(units, fc.constantFrom('PILLOW', 'ANVIL', 'ICE', 'VASE'), (some, sku) => {
        const less = bundle(some, bySize);
        const more = bundle({ ...some, [sku]: (some[sku] ?? 0) + 1 }, bySize);
        expect(more.parcels).toBeGreaterThanOrEqual(less.parcels);
        expect(more.shipping ?? Infinity).toBeGreaterThanOrEqual(less.shipping ?? Infinity);
      }),
    );
  });
});
