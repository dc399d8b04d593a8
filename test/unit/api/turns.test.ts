import { describe, expect, it } from '@jest/globals';
import { createTurns } from '../../../api/turns.ts';

describe('turns', () => {
  const began: string[] = [];
  const work = (name: string, outcome: Promise<string>) => () => {
    began.push(name);
    return outcome;
  };

  it('go by key: one after the other of one, also after a failure; another key waits for none', async () => {
    const inTurn = createTurns();
    const first = Promise.withResolvers<string>();
    const second = Promise.withResolvers<string>();
    const answers = Promise.allSettled([
      inTurn('a', work('a1', first.promise)),
      inTurn('a', work('a2', second.promise)),
      inTurn('a', work('a3', Promise.resolve('third'))),
      inTurn('b', work('b1', Promise.resolve('other'))),
    ]);
    expect(began).toEqual(['a1', 'b1']);
    first.reject(new Error('no'));
    await new Promise(setImmediate);
    expect(began).toEqual(['a1', 'b1', 'a2']);
    second.resolve('second');
    expect(await answers).toEqual([
      { status: 'rejected', reason: new Error('no') },
      { status: 'fulfilled', value: 'second' },
      { status: 'fulfilled', value: 'third' },
      { status: 'fulfilled', value: 'other' },
    ]);
    expect(await inTurn('a', work('a4', Promise.resolve('again')))).toBe('again');
  });
});
