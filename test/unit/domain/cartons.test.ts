import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Carton, type CartonItem, packCartons } from '../../../domain/cartons.ts';

type Sides = [length: number, width: number, height: number];
const dimensions = ([length, width, height]: Sides) => ({ length, width, height });

function carton(code: string, inner: Sides, change: Partial<Carton> = {}): Carton {
  const outer = inner.map((side) => side + 10) as Sides;
  return {
    ...{ code, inner: dimensions(inner), outer: dimensions(outer) },
    ...{ weightGrams: 100, maxWeightGrams: 20_000, cost: 0, ...change },
  };
}

function item(sku: string, quantity: number, sides: Sides, change: Partial<CartonItem> = {}): CartonItem {
  const plain = { weightGrams: 500, parcelClass: null, shipsAlone: false };
  return { sku, quantity, dimensions: dimensions(sides), ...plain, ...change };
}

const small = carton('S', [200, 150, 100]);
const large = carton('L', [400, 300, 200]);
const limits = { maxWeightGrams: 30_000, packagingGrams: 50 };

const packed = (items: CartonItem[], cartons: Carton[] = [large, small]) =>
  packCartons(items, cartons, limits).map(
    ({ box, items: inside, weightGrams }) =>
      `${box ?? '-'}: ${inside.map(({ sku, quantity }) => `${quantity}${sku}`).join('+')} ${weightGrams}g`,
  );

describe('packCartons', () => {
  it.each<[string, CartonItem[], string[]]>([
    ['the smallest box that takes everything', [item('A', 2, [100, 100, 100])], ['S: 2A 1100g']],
    ['turned as it fits', [item('A', 1, [100, 150, 200])], ['S: 1A 600g']],
    ['filled to the brim', [item('A', 8, [200, 150, 100])], ['L: 8A 4100g']],
    ['the rest into another', [item('A', 9, [200, 150, 100])], ['L: 8A 4100g', 'S: 1A 600g']],
    [
      'several kinds together',
      [item('A', 1, [400, 300, 100]), item('B', 4, [200, 150, 100])],
      ['L: 1A+4B 2600g'],
    ],
    [
      'by weight before space',
      [item('A', 3, [50, 50, 50], { weightGrams: 9_000 })],
      ['S: 2A 18100g', 'S: 1A 9100g'],
    ],
    [
      'what fits into no box by itself',
      [item('A', 2, [900, 50, 50]), item('B', 1, [50, 50, 50])],
      ['S: 1B 600g', '-: 1A 550g', '-: 1A 550g'],
    ],
    [
      'what ships alone each by itself',
      [item('A', 2, [50, 50, 50], { shipsAlone: true }), item('B', 1, [50, 50, 50])],
      ['-: 1A 550g', '-: 1A 550g', 'S: 1B 600g'],
    ],
    [
      'classes apart, and what has none with the first',
      [
        item('ICE', 1, [50, 50, 50], { parcelClass: 'cold' }),
        item('VASE', 1, [50, 50, 50], { parcelClass: 'glass' }),
        item('TEE', 1, [50, 50, 50]),
      ],
      ['S: 1ICE+1TEE 1100g', 'S: 1VASE 600g'],
    ],
    [
      'several lines of a SKU as one',
      [item('A', 1, [50, 50, 50]), item('A', 1, [50, 50, 50])],
      ['S: 2A 1100g'],
    ],
    ['nothing', [item('A', 0, [50, 50, 50])], []],
  ])('%s', (_name, items, expected) => expect(packed(items)).toEqual(expected));

  it('the cheapest box first, whatever its size', () => {
    const cheap = carton('L', [400, 300, 200], { cost: 10 });
    expect(packed([item('A', 1, [50, 50, 50])], [carton('S', [200, 150, 100], { cost: 11 }), cheap])).toEqual(
      ['L: 1A 600g'],
    );
  });

  it('by weight alone without boxes', () =>
    expect(packed([item('A', 2, [100, 100, 100])], [])).toEqual(['-: 2A 1050g']));

  it('is measured by its outside', () =>
    expect(packCartons([item('A', 1, [50, 50, 50])], [small], limits)[0]!.dimensions).toEqual(
      dimensions([210, 160, 110]),
    ));

  it('hundreds of small things in stacks', () =>
    expect(packed([item('A', 600, [20, 15, 1], { weightGrams: 2 })])).toEqual(['S: 600A 1300g']));

  const edge = fc.integer({ min: 1, max: 450 });
  const sides = fc.tuple(edge, edge, edge);
  const items = fc.array(
    fc.record({
      quantity: fc.nat(12),
      sides,
      weightGrams: fc.integer({ min: 1, max: 12_000 }),
      parcelClass: fc.constantFrom(null, 'cold', 'glass'),
      shipsAlone: fc.boolean(),
    }),
    { maxLength: 5 },
  );
  const cartons = fc.array(
    fc.record({ sides, cost: fc.nat(50), maxWeightGrams: fc.integer({ min: 200, max: 40_000 }) }),
    {
      maxLength: 4,
    },
  );

  it('packs everything once, by class, within what each box holds and bears', () => {
    fc.assert(
      fc.property(items, cartons, (givenItems, givenCartons) => {
        const goods = givenItems.map(({ quantity, sides: size, ...rest }, index) =>
          item(`S${index}`, quantity, size, rest),
        );
        const boxes = givenCartons.map(({ sides: size, ...rest }, index) => carton(`B${index}`, size, rest));
        const parcels = packCartons(goods, boxes, limits);
        const of = (sku: string) => goods.find((one) => one.sku === sku)!;
        for (const { sku, quantity } of goods)
          expect(
            parcels.reduce(
              (sum, { items: inside }) => sum + (inside.find((one) => one.sku === sku)?.quantity ?? 0),
              0,
            ),
          ).toBe(quantity);
        for (const parcel of parcels) {
          const inside = parcel.items.map(({ sku, quantity }) => ({ ...of(sku), quantity }));
          const classes = new Set(
            inside.map(({ parcelClass }) => parcelClass).filter((name) => name !== null),
          );
          expect(classes.size).toBeLessThanOrEqual(1);
          if (inside.some(({ shipsAlone }) => shipsAlone))
            expect(inside.map(({ quantity }) => quantity)).toEqual([1]);
          const box = boxes.find(({ code }) => code === parcel.box);
          if (!box) continue;
          const size = (of: { length: number; width: number; height: number }) =>
            of.length * of.width * of.height;
          expect(parcel.weightGrams).toBeLessThanOrEqual(Math.min(box.maxWeightGrams, limits.maxWeightGrams));
          expect(
            inside.reduce((sum, one) => sum + one.quantity * size(one.dimensions), 0),
          ).toBeLessThanOrEqual(size(box.inner));
        }
      }),
    );
  });
});
