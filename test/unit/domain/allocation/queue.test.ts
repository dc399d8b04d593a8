import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  quickEstimate,
  serveQueue,
  setAside,
  type QueueEntry,
  type Want,
} from '../../../../domain/allocation/queue.ts';
import type { Share, Site } from '../../../../domain/allocation/types.ts';

function site(warehouse: string, available: Record<string, number>): Site {
  return { warehouse, country: 'DE', latitude: 50, longitude: 10, priority: 1, available };
}

function wanting(demand: Record<string, number>, warehouses: string[], splitAllowed?: boolean): Want {
  return {
    demand: Object.entries(demand).map(([sku, quantity]) => ({ sku, quantity })),
    warehouses,
    ...(splitAllowed === undefined ? {} : { splitAllowed }),
  };
}

function entry(key: string, want: Want, priority = 100, minute = 0): QueueEntry {
  return { ...want, key, priority, waitingSince: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() };
}

const share = (warehouse: string, sku: string, quantity: number): Share => ({ warehouse, sku, quantity });

describe('quickEstimate', () => {
  const sites = [site('N', { A: 2, B: 1 }), site('S', { A: 3, B: 0 }), site('W', { A: 5, B: 5 })];

  it.each<[string, Want, Share[] | null]>([
    ['the first that has everything', wanting({ A: 3 }, ['N', 'S', 'W']), [share('S', 'A', 3)]],
    ['the preferred of two', wanting({ A: 1 }, ['W', 'N']), [share('W', 'A', 1)]],
    [
      'a split in the order of preference',
      wanting({ A: 4 }, ['N', 'S']),
      [share('N', 'A', 2), share('S', 'A', 2)],
    ],
    ['no split where it is not allowed', wanting({ A: 4 }, ['N', 'S'], false), null],
    ['nothing where not everything is there', wanting({ A: 1, B: 2 }, ['N', 'S']), null],
    ['nothing of warehouses that do not serve it', wanting({ A: 1 }, ['X']), null],
    ['nothing for nothing', wanting({}, ['N']), []],
  ])('gives %s', (_, want, expected) => {
    expect(quickEstimate(sites, want)).toEqual(expected);
  });
});

it('sets nothing aside for what takes all or nothing and goes away', () => {
  const entries = [
    { ...entry('large', wanting({ A: 5 }, ['N']), 100, 1), orNothing: true },
    entry('small', wanting({ A: 3 }, ['N']), 100, 2),
  ];
  expect(serveQueue([site('N', { A: 3 })], entries)).toMatchObject({
    served: [{ key: 'small', shares: [share('N', 'A', 3)] }],
    waiting: [{ key: 'large', short: [{ sku: 'A', missing: 2 }] }],
  });
});

describe('setAside', () => {
  it('leaves what the waiting do not want', () => {
    const sites = [site('N', { A: 5, B: 1 }), site('S', { A: 5 })];
    expect(setAside(sites, [wanting({ A: 2 }, ['N', 'S']), wanting({ A: 4, B: 3 }, ['S'])])).toEqual([
      site('N', { A: 3, B: 1 }),
      site('S', { A: 1 }),
    ]);
  });

  it('keeps all there is for one who can’t be served, at the preferred warehouses first', () => {
    const sites = [site('N', { A: 2 }), site('S', { A: 2 }), site('W', { A: 2 })];
    const want = wanting({ A: 3, B: 1 }, ['S', 'N']);
    expect(setAside(sites, [want])).toEqual([site('N', { A: 1 }), site('S', { A: 0 }), site('W', { A: 2 })]);
  });

  it('changes nothing that it was given', () => {
    const sites = [site('N', { A: 2 })];
    setAside(sites, [wanting({ A: 1 }, ['N'])]);
    expect(sites).toEqual([site('N', { A: 2 })]);
  });
});

describe('serveQueue', () => {
  it('goes by priority, then age, then key', () => {
    const one = wanting({ A: 1 }, ['N']);
    const entries = [
      entry('d', one, 100, 2),
      entry('c', one, 100, 1),
      entry('b', one, 100, 1),
      entry('a', one, 5, 9),
    ];
    expect(serveQueue([site('N', { A: 2 })], entries)).toEqual({
      served: [
        { key: 'a', shares: [share('N', 'A', 1)] },
        { key: 'b', shares: [share('N', 'A', 1)] },
      ],
      waiting: [
        { key: 'c', short: [{ sku: 'A', missing: 1 }], there: [] },
        { key: 'd', short: [{ sku: 'A', missing: 1 }], there: [] },
      ],
      left: [site('N', { A: 0 })],
    });
  });

  it('does not let a small order overtake a large one that waits for more', () => {
    const entries = [
      entry('large', wanting({ A: 5 }, ['N']), 100, 1),
      entry('small', wanting({ A: 1 }, ['N']), 100, 2),
    ];
    expect(serveQueue([site('N', { A: 3 })], entries)).toEqual({
      served: [],
      waiting: [
        { key: 'large', short: [{ sku: 'A', missing: 2 }], there: [share('N', 'A', 3)] },
        { key: 'small', short: [{ sku: 'A', missing: 1 }], there: [] },
      ],
      left: [site('N', { A: 0 })],
    });
  });

  it('serves others from what the waiting do not want', () => {
    const entries = [
      entry('north', wanting({ A: 5 }, ['N']), 100, 1),
      entry('south', wanting({ A: 1 }, ['S']), 100, 2),
      entry('other', wanting({ B: 1 }, ['N']), 100, 3),
    ];
    const result = serveQueue([site('N', { A: 3, B: 1 }), site('S', { A: 1 })], entries);
    expect(result.served).toEqual([
      { key: 'south', shares: [share('S', 'A', 1)] },
      { key: 'other', shares: [share('N', 'B', 1)] },
    ]);
  });

  it('tells of no shortage where only the ban on splitting keeps it waiting', () => {
    const entries = [entry('whole', wanting({ A: 2 }, ['N', 'S'], false))];
    expect(serveQueue([site('N', { A: 1 }), site('S', { A: 1 })], entries)).toEqual({
      served: [],
      waiting: [{ key: 'whole', short: [], there: [share('N', 'A', 1), share('S', 'A', 1)] }],
      left: [site('N', { A: 0 }), site('S', { A: 0 })],
    });
  });
});

const warehouses = ['N', 'S', 'W'];
const stock = fc
  .tuple(...warehouses.map(() => fc.record({ A: fc.nat(6), B: fc.nat(6) })))
  .map((levels) => levels.map((available, index) => site(warehouses[index]!, available)));
const wants = fc.record({
  demand: fc.uniqueArray(
    fc.record({ sku: fc.constantFrom('A', 'B'), quantity: fc.integer({ min: 1, max: 5 }) }),
    {
      selector: ({ sku }) => sku,
      minLength: 1,
    },
  ),
  warehouses: fc.shuffledSubarray(warehouses, { minLength: 1 }),
  splitAllowed: fc.boolean(),
});
const queue = fc
  .array(fc.record({ want: wants, priority: fc.nat(2), minute: fc.nat(3) }), { maxLength: 6 })
  .map((all) => all.map(({ want, priority, minute }, index) => entry(`k${index}`, want, priority, minute)));

describe('whatever the queue', () => {
  it('what was given and what is left never exceed what was there, and nothing falls below zero', () => {
    fc.assert(
      fc.property(stock, queue, (sites, entries) => {
        const { served, left } = serveQueue(sites, entries);
        const given = served.flatMap(({ shares }) => shares);
        sites.forEach(({ warehouse, available }, index) => {
          for (const sku of ['A', 'B']) {
            const taken = given
              .filter((each) => each.warehouse === warehouse && each.sku === sku)
              .reduce((sum, each) => sum + each.quantity, 0);
            expect(left[index]!.available[sku]!).toBeGreaterThanOrEqual(0);
            expect(taken + left[index]!.available[sku]!).toBeLessThanOrEqual(available[sku]!);
          }
        });
      }),
    );
  });

  it('every entry is served wholly from its own warehouses, or waits', () => {
    fc.assert(
      fc.property(stock, queue, (sites, entries) => {
        const { served, waiting } = serveQueue(sites, entries);
        expect([...served, ...waiting].map(({ key }) => key).sort()).toEqual(
          entries.map(({ key }) => key).sort(),
        );
        for (const { key, shares } of served) {
          const own = entries.find((each) => each.key === key)!;
          expect(shares.filter((each) => !own.warehouses.includes(each.warehouse))).toEqual([]);
          for (const { sku, quantity } of own.demand) {
            expect(
              shares.filter((each) => each.sku === sku).reduce((sum, each) => sum + each.quantity, 0),
            ).toBe(quantity);
          }
          if (!own.splitAllowed) expect(new Set(shares.map((each) => each.warehouse)).size).toBe(1);
        }
      }),
    );
  });

  it('no entry takes stock that an earlier one still waits for', () => {
    fc.assert(
      fc.property(stock, queue, (sites, entries) => {
        const order = entries.toSorted(
          (a, b) =>
            a.priority - b.priority ||
            a.waitingSince.localeCompare(b.waitingSince) ||
            a.key.localeCompare(b.key),
        );
        const { served, waiting } = serveQueue(sites, entries);
        const sharesOf = (key: string) => served.find((each) => each.key === key)?.shares ?? [];
        for (const { key } of waiting) {
          const place = order.findIndex((each) => each.key === key);
          const { demand, warehouses: serving } = order[place]!;
          for (const { sku, quantity } of demand) {
            // What it could have had without anybody after it must be untouched by those, up to what it wants.
            const at = (total: (warehouse: string) => number) =>
              serving.reduce((sum, code) => sum + total(code), 0);
            const taken = (keys: QueueEntry[]) => (warehouse: string) =>
              keys
                .flatMap((each) => sharesOf(each.key))
                .filter((each) => each.warehouse === warehouse && each.sku === sku)
                .reduce((sum, each) => sum + each.quantity, 0);
            const there = at((code) => sites.find((each) => each.warehouse === code)!.available[sku]!);
            const before = at(taken(order.slice(0, place)));
            const after = at(taken(order.slice(place + 1)));
            const earlierWaiting = order
              .slice(0, place)
              .filter((each) => waiting.some((other) => other.key === each.key))
              .flatMap((each) => each.demand.filter((line) => line.sku === sku))
              .reduce((sum, line) => sum + line.quantity, 0);
            const stillThere = there - before - after;
            expect(stillThere).toBeGreaterThanOrEqual(
              Math.min(quantity, Math.max(0, there - before - earlierWaiting)),
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a newcomer is served from what was set aside for nobody exactly as if it stood last in the queue', () => {
    fc.assert(
      fc.property(stock, queue, wants, (sites, entries, want) => {
        const waiting = entries.toSorted(
          (a, b) =>
            a.priority - b.priority ||
            a.waitingSince.localeCompare(b.waitingSince) ||
            a.key.localeCompare(b.key),
        );
        const last = entry('z', want, 99, 59);
        const asLast = serveQueue(sites, [...entries, last]).served.find(({ key }) => key === 'z');
        expect(quickEstimate(setAside(sites, waiting), want)).toEqual(asLast?.shares ?? null);
      }),
    );
  });
});
