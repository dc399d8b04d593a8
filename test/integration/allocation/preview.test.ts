import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { reserve } from '../../../activities/reserve.ts';
import { allocate } from '../../../activities/stock.ts';
import { type Preview, previewAllocation } from '../../../db/stock/preview.ts';
import { defaultPolicy, type StorePolicy } from '../../../domain/policy.ts';
import { createWorld, line, type World } from '../db/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  await world.warehouse('B');
  await world.warehouse('M');
  await world.warehouse('P');
  await world.product('MUG', { weightGrams: 2_000 });
  await world.product('TEA', { weightGrams: 100 });
});

async function preview(
  demand: Record<string, number>,
  policy: Partial<StorePolicy> = {},
  excluded: string[] = [],
): Promise<Preview> {
  const lines = Object.entries(demand).map(([sku, quantity]) => ({ sku, quantity }));
  return previewAllocation(world.orm.em.fork(), lines, {
    ...{ country: 'DE', policy: { ...defaultPolicy, ...policy }, now: world.deps.clock(), excluded },
    booksCurrency: 'EUR',
  });
}

async function rates(warehouse: string, price: number, transitDays = 1): Promise<void> {
  await world.query(
    `insert into rate_card (id, warehouse, carrier, service, name, countries, transit_days, brackets)
     values (gen_random_uuid(), ?, 'ups', '11', 'x', '{DE}', ?, ?)`,
    [warehouse, transitDays, JSON.stringify([{ upToGrams: 30_000, price }])],
  );
}

const reasons = ({ warehouses }: Preview) =>
  Object.fromEntries(
    warehouses.map(({ warehouse, chosen, why }) => [warehouse, chosen ? 'chosen' : why?.message]),
  );

describe('a preview', () => {
  it('says what would be sent when, packed how and for how much, and changes nothing', async () => {
    await world.query(
      `insert into box_type (code, name, inner_mm, outer_mm, weight_grams, max_weight_grams)
       values ('BOX', 'Box', '{"length":400,"width":300,"height":200}', '{"length":410,"width":310,"height":210}', 250, 20000)`,
    );
    await world.query(`update warehouse set handling_cost = 120 where code = 'B'`);
    await rates('B', 490, 2);
    await world.receive('B', ['MUG', 3], ['TEA', 5]);
    const before = await world.contents();
    const found = await preview({ MUG: 2, TEA: 1 });
    expect(found).toMatchObject({ possible: true, short: [], splitting: 0, gap: null });
    expect(found.fulfillments).toEqual([
      {
        warehouse: 'B',
        lines: [
          { sku: 'MUG', quantity: 2 },
          { sku: 'TEA', quantity: 1 },
        ],
        ...{ shipDay: '2026-11-24', deliveryDay: '2026-11-26', late: false, handling: 120, shipping: 490 },
        parcels: [
          {
            box: 'BOX',
            weightGrams: 4_350,
            dimensions: { length: 410, width: 310, height: 210 },
            items: expect.arrayContaining([
              { sku: 'MUG', quantity: 2 },
              { sku: 'TEA', quantity: 1 },
            ]),
            overLimit: false,
          },
        ],
      },
    ]);
    expect(await world.contents()).toEqual(before);
  });

  it('is what happens', async () => {
    await world.receive('B', ['MUG', 1], ['TEA', 1]);
    await world.receive('M', ['MUG', 3]);
    await world.receive('P', ['TEA', 9]);
    for (const policy of [{}, { objective: 'priority' as const }, { objective: 'fewest-parcels' as const }]) {
      const { fulfillments } = await preview({ MUG: 3, TEA: 1 }, policy);
      const storeId = await world.store({ policy });
      const orderId = await world.order(storeId, {
        externalId: JSON.stringify(policy),
        lines: [line('1', 'MUG', 3), line('2', 'TEA', 1)],
      });
      await reserve(world.deps, { orderId, generation: 1 });
      const made = await allocate(world.deps, { orderId, generation: 1 });
      expect(made.fulfillments.map(({ warehouse }) => warehouse)).toEqual(
        fulfillments.map(({ warehouse }) => warehouse),
      );
      await world.query(`update claim set state = 'released'`);
    }
  });

  it('says what is missing', async () => {
    await world.receive('B', ['MUG', 2]);
    expect(await preview({ MUG: 3, TEA: 1 })).toMatchObject({
      possible: false,
      fulfillments: [],
      short: [
        { sku: 'MUG', missing: 1 },
        { sku: 'TEA', missing: 1 },
      ],
    });
    const part = await preview({ MUG: 3 }, { shipComplete: false });
    expect([part.possible, part.short, part.fulfillments[0]!.lines]).toEqual([
      true,
      [{ sku: 'MUG', missing: 1 }],
      [{ sku: 'MUG', quantity: 2 }],
    ]);
  });
});

describe('why not from elsewhere', () => {
  it('the nearest: farther, abroad, or not enough', async () => {
    await world.receive('B', ['MUG', 9]);
    await world.receive('M', ['MUG', 2]);
    await world.receive('P', ['MUG', 9]);
    expect(reasons(await preview({ MUG: 2 }))).toEqual({
      B: 'chosen',
      M: 'It is 373 km away, what was chosen 346 km.',
      P: 'It is in another country.',
    });
    expect(reasons(await preview({ MUG: 3 }, {}, ['B']))).toMatchObject({
      B: 'It was left out.',
      M: 'It has only 2 of 3 MUG free.',
      P: 'chosen',
    });
    expect(reasons(await preview({ TEA: 1 }))).toMatchObject({ B: 'It has nothing of it that is free.' });
  });

  it('closed, not served, never at work', async () => {
    await world.query(`update warehouse set active = code <> 'B', countries = case code when 'M' then '{FR}' else countries end,
                       working_days = case code when 'P' then '[]' else working_days end`);
    expect(reasons(await preview({ MUG: 1 }))).toEqual({
      B: 'It is closed.',
      M: 'It does not serve DE.',
      P: 'It has no working day within a year.',
    });
  });

  it('late, or of a lower priority', async () => {
    await world.receive('B', ['MUG', 9]);
    await world.receive('M', ['MUG', 9]);
    await world.query(`update warehouse set priority = case code when 'B' then 1 else 2 end`);
    const priority = { objective: 'priority' as const, promiseDays: 1 };
    expect(reasons(await preview({ MUG: 1 }, priority))).toMatchObject({
      B: 'chosen',
      M: 'Its priority is 2, that of what was chosen 1.',
    });
    await world.query(`update warehouse set holidays = '["2026-11-24", "2026-11-25"]' where code = 'B'`);
    expect(reasons(await preview({ MUG: 1 }, priority))).toMatchObject({
      B: 'It would be there after the promised day.',
      M: 'chosen',
    });
  });

  it('dearer, of an unknown price, or more parcels', async () => {
    for (const code of ['B', 'M', 'P']) await world.receive(code, ['MUG', 9]);
    await rates('B', 900);
    await rates('M', 500);
    expect(reasons(await preview({ MUG: 1 }, { objective: 'cheapest' }))).toEqual({
      B: 'It would cost 9.00 EUR, what was chosen 5.00 EUR.',
      M: 'chosen',
      P: 'No rate card of it takes this: what it costs is not known.',
    });
    await world.receive('M', ['TEA', 1]);
    expect(reasons(await preview({ MUG: 1, TEA: 1 }, { objective: 'fewest-parcels' }))).toMatchObject({
      B: 'It has only 0 of 1 TEA free.',
      M: 'chosen',
    });
  });

  it('units that would expire on the way', async () => {
    await world.receive('B', ['MUG', 2, 'soon', '2026-11-25']);
    await world.receive('M', ['MUG', 2]);
    expect(reasons(await preview({ MUG: 2 }, { promiseDays: 3 }))).toMatchObject({
      B: 'It has nothing of it that is free. 2 of MUG would expire on the way.',
      M: 'chosen',
    });
  });
});
