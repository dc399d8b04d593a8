import { describe, expect, it } from '@jest/globals';
import { placeInQueue } from '../../../../domain/allocation/place.ts';

const own = { quantity: 3, warehouses: ['B', 'M'] };
const ahead = (warehouses: string[], orders: number, quantity: number) => ({ warehouses, orders, quantity });
const coming = (warehouse: string, quantity: number, expectedAt: string | null) => ({
  ...{ warehouse, quantity, expectedAt },
});

describe('the place of an order in the queue', () => {
  it('is behind those whom the same warehouses may serve, and no others', () => {
    const before = [ahead(['B'], 2, 5), ahead(['P'], 4, 9), ahead(['M', 'P'], 1, 1)];
    expect(placeInQueue(own, before, [], [])).toEqual({ place: 4, missing: 3, expectedAt: null });
  });

  it('leaves to those before it what is free, of its own warehouses alone', () => {
    const free = [
      { warehouse: 'B', quantity: 6 },
      { warehouse: 'M', quantity: 1 },
      { warehouse: 'P', quantity: 50 },
    ];
    expect(placeInQueue(own, [ahead(['B'], 1, 5)], free, [])).toMatchObject({ place: 2, missing: 1 });
    expect(placeInQueue(own, [ahead(['B'], 1, 4)], free, [coming('B', 9, '2027-01-01')])).toEqual({
      ...{ place: 2, missing: 0, expectedAt: null },
    });
  });

  it.each<[string, number, ReturnType<typeof coming>[], string | null]>([
    ['nothing is coming', 0, [], null],
    ['enough is', 0, [coming('B', 3, '2027-01-05')], '2027-01-05'],
    ['it reaches only those before', 5, [coming('B', 7, '2027-01-05')], null],
    ['the second reaches it', 5, [coming('M', 4, '2027-02-01'), coming('B', 7, '2027-01-05')], '2027-02-01'],
    ['it comes elsewhere', 0, [coming('P', 9, '2027-01-05')], null],
    ['nobody said when', 0, [coming('B', 2, null), coming('M', 2, '2027-01-05')], null],
    ['a known day suffices', 0, [coming('B', 2, null), coming('M', 3, '2027-01-05')], '2027-01-05'],
  ])('is reached when: %s', (_case, before, on, day) => {
    const rivals = before > 0 ? [ahead(['B'], 1, before)] : [];
    expect(placeInQueue(own, rivals, [], on).expectedAt).toBe(day);
  });
});
