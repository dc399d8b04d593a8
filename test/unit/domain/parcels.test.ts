import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boxFor, packParcels, type PackItem } from '../../../domain/parcels.ts';

function item(
  sku: string,
  quantity: number,
  weightGrams: number,
  [length, width, height] = [100, 100, 100],
): PackItem {
  return { sku, quantity, weightGrams, dimensions: { length: length!, width: width!, height: height! } };
}

const contents = (items: PackItem[], maxWeightGrams: number, packagingGrams = 0) =>
  packParcels(items, { maxWeightGrams, packagingGrams }).map(
    (parcel) =>
      `${parcel.items.map(({ sku, quantity }) => `${quantity}${sku}`).join('+')} ${parcel.weightGrams}g${parcel.overLimit ? '!' : ''}`,
  );

describe('packParcels', () => {
  it.each<[string, PackItem[], number, string[]]>([
    ['nothing', [], 1000, []],
    ['one parcel for what it bears', [item('A', 2, 300), item('B', 1, 400)], 1000, ['1B+2A 1000g']],
    [
      'the heaviest first, small ones into the gaps',
      [item('A', 3, 300), item('B', 2, 700)],
      1000,
      ['1B+1A 1000g', '1B+1A 1000g', '1A 300g'],
    ],
    [
      'too heavy a unit alone, and flagged',
      [item('A', 1, 100), item('H', 2, 1500)],
      1000,
      ['1H 1500g!', '1H 1500g!', '1A 100g'],
    ],
    ['lines of the same SKU as one', [item('A', 1, 600), item('A', 1, 600)], 1000, ['1A 600g', '1A 600g']],
    [
      'weightless things into the first parcel',
      [item('W', 1000, 0), item('A', 2, 600)],
      1000,
      ['1A+1000W 600g', '1A 600g'],
    ],
    ['nothing of nothing', [item('A', 0, 600)], 1000, []],
  ])('packs %s', (_, items, limit, expected) => {
    expect(contents(items, limit)).toEqual(expected);
    expect(contents(items.toReversed(), limit)).toEqual(expected);
  });

  it('counts the packaging', () => {
    expect(contents([item('A', 3, 300)], 1000, 150)).toEqual(['2A 750g', '1A 450g']);
  });

  it.each([
    [item('A', 1.5, 1)],
    [item('A', -1, 1)],
    [item('A', 1, -1)],
    [item('A', 1, NaN)],
    [item('A', 1, 1, [1, 1, -1])],
  ])('refuses %j', (wrong) => {
    expect(() => packParcels([wrong], { maxWeightGrams: 1000 })).toThrow(RangeError);
  });

  it('refuses a limit that leaves nothing beside the packaging', () => {
    expect(() => packParcels([], { maxWeightGrams: 100, packagingGrams: 100 })).toThrow(RangeError);
  });

  const items = fc
    .array(
      fc.record({
        quantity: fc.nat(6),
        weightGrams: fc.nat(1500),
        dimensions: fc.record({
          length: fc.integer({ min: 1, max: 400 }),
          width: fc.integer({ min: 1, max: 400 }),
          height: fc.integer({ min: 1, max: 400 }),
        }),
      }),
      { maxLength: 5 },
    )
    .map((all): PackItem[] => all.map((each, index) => ({ ...each, sku: `S${index}` })));

  it('packs every unit once, within the limit unless one unit alone is beyond it', () => {
    fc.assert(
      fc.property(items, (given) => {
        const parcels = packParcels(given, { maxWeightGrams: 1000, packagingGrams: 50 });
        for (const { sku, quantity } of given) {
          const packed = parcels.flatMap((parcel) => parcel.items).filter((each) => each.sku === sku);
          expect(packed.reduce((sum, each) => sum + each.quantity, 0)).toBe(quantity);
        }
        for (const parcel of parcels) {
          const weight = parcel.items.reduce(
            (sum, each) => sum + each.quantity * given.find(({ sku }) => sku === each.sku)!.weightGrams,
            50,
          );
          expect(parcel.weightGrams).toBe(weight);
          expect(parcel.overLimit).toBe(weight > 1000);
          if (parcel.overLimit) expect(parcel.items.map(({ quantity }) => quantity)).toEqual([1]);
        }
      }),
    );
  });

  it('never takes more than twice the parcels that the weight alone needs', () => {
    fc.assert(
      fc.property(items, (given) => {
        const bearable = given.filter(({ weightGrams }) => weightGrams <= 1000);
        const fewest = Math.ceil(
          bearable.reduce((sum, each) => sum + each.quantity * each.weightGrams, 0) / 1000,
        );
        const parcels = packParcels(bearable, { maxWeightGrams: 1000 });
        // No two parcels fit into one, so all but one are more than half full.
        expect(parcels.length).toBeLessThanOrEqual(Math.max(2 * fewest, 1));
      }),
    );
  });

  it('boxes that have the contents’ volume at least, and hold each unit', () => {
    fc.assert(
      fc.property(items, (given) => {
        const box = boxFor(given);
        const sorted = ({ length, width, height }: PackItem['dimensions']) =>
          [length, width, height].sort((a, b) => b - a);
        const [longest, middle, shortest] = sorted(box);
        expect([box.length, box.width, box.height]).toEqual([longest, middle, shortest]);
        const volume = given.reduce(
          (sum, { quantity, dimensions: { length, width, height } }) =>
            sum + quantity * length * width * height,
          0,
        );
        expect(box.length * box.width * box.height).toBeGreaterThanOrEqual(volume);
        for (const each of given.filter(({ quantity }) => quantity > 0)) {
          sorted(each.dimensions).forEach((side, index) => {
            expect(side).toBeLessThanOrEqual([longest, middle, shortest][index]!);
          });
        }
      }),
    );
  });
});

describe('boxFor', () => {
  it.each<[string, PackItem[], [number, number, number]]>([
    ['one unit', [item('A', 1, 0, [10, 30, 20])], [30, 20, 10]],
    ['flat things in a stack', [item('A', 5, 0, [300, 200, 10])], [300, 200, 50]],
    ['cubes in columns', [item('A', 9, 0, [100, 100, 100])], [300, 300, 100]],
    [
      'mixed sizes on the largest footprint',
      [item('A', 1, 0, [300, 50, 20]), item('B', 1, 0, [100, 100, 30])],
      [300, 100, 50],
    ],
    ['nothing', [], [0, 0, 0]],
  ])('of %s', (_, items, [length, width, height]) => {
    expect(boxFor(items)).toEqual({ length, width, height });
  });
});
