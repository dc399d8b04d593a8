import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { expectStockAddsUp } from '../../support/invariants.ts';
import { chosenCells } from './cells.ts';
import { runCell, titleOf } from './drive.ts';
import { createWorld, type World } from '../world.ts';

jest.setTimeout(900_000);

/** Of a cell's order, all at once beside the others. */
const beside = Number(process.env['FAULTS_BESIDE'] ?? 60);

/**
 * Each call to an outside party × each fault × healed or not: a chosen part of the cells, or all with FAULTS=all
 * (`npm run faults`). What fails is repeated with FAULTS_SEED, or by itself with FAULTS_ONLY.
 */
describe('an outside call that fails', () => {
  const { cells, seed } = chosenCells(process.env);
  const results = new Map<number, Promise<Error | null>>();
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
    const queue = [...cells];
    const settled = new Map(cells.map(({ number }) => [number, Promise.withResolvers<Error | null>()]));
    for (const [number, { promise }] of settled) results.set(number, promise);
    const work = async () => {
      for (let cell = queue.shift(); cell; cell = queue.shift())
        settled.get(cell.number)!.resolve(
          await runCell(world, cell).then(
            () => null,
            (error: Error) => error,
          ),
        );
    };
    for (let n = 0; n < beside; n++) void work();
  });
  afterAll(() => world?.stop());

  it.each(cells.map((cell) => [titleOf(cell), cell] as const))(
    `%s (FAULTS_SEED=${seed})`,
    async (_, cell) => {
      const failed = await results.get(cell.number);
      if (failed) throw failed;
    },
  );

  it('leaves the stock adding up', async () => {
    await Promise.all(results.values());
    await expectStockAddsUp(world.system);
    expect(results.size).toBe(cells.length);
  });
});
