import { describe, expect, it } from '@jest/globals';
import { gather } from '../../../db/gather.ts';

const how = { windowMs: 1, most: 4, beside: 1 };

describe('gathered calls', () => {
  it('are done together, and each has its own answer', async () => {
    const batches: number[][] = [];
    const double = gather(async (inputs: number[]) => {
      batches.push(inputs);
      return inputs.map((input) => input * 2);
    }, how);
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(double))).toEqual([2, 4, 6, 8, 10, 12]);
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
    expect(await double(7)).toBe(14);
  });

  it('fail alone: what one can not be done for fails no other', async () => {
    const done: number[] = [];
    const work = gather(
      async (inputs: number[]) => {
        if (inputs.includes(3)) throw new Error('three');
        done.push(...inputs);
        return inputs;
      },
      { ...how, most: 8 },
    );
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(work));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(done).toEqual([1, 2, 4, 5]);
  });

  it('wait for what is under way, not longer', async () => {
    const letGo: (() => void)[] = [];
    const batches: number[] = [];
    const work = gather(
      async (inputs: number[]) => {
        batches.push(inputs.length);
        await new Promise<void>((resolve) => letGo.push(resolve));
        return inputs;
      },
      { windowMs: 0, most: 2, beside: 2 },
    );
    const all = Promise.all([1, 2, 3, 4, 5].map(work));
    while (letGo.length < 2) await new Promise(setImmediate);
    expect(batches).toEqual([2, 2]);
    letGo.shift()!();
    while (letGo.length < 2) await new Promise(setImmediate);
    for (const go of letGo) go();
    expect(await all).toEqual([1, 2, 3, 4, 5]);
  });
});
