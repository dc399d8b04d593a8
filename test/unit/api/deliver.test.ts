import { describe, expect, it } from '@jest/globals';
import type { ApiDeps } from '../../../api/deps.ts';
import { EngineUnavailable } from '../../../api/engine.ts';
import { deliver } from '../../../api/webhooks/deliver.ts';

const store = { id: '0a3c1f52-8a55-5d8e-9d3e-5a8f7f1f0c11', platform: 'shopify' };
const kept = (seq: number, ended = false) => ({ seq, fresh: true, state: 'received' as const, ended });

function api(answer: (call: number) => Promise<void> = () => Promise.resolve()) {
  const told: string[] = [];
  const engine = {
    deliver: (order: { externalId: string }, ended: boolean) =>
      answer(told.push(`${order.externalId}${ended ? ' after its end' : ''}`)),
  };
  const log = { warn: () => undefined, error: () => undefined };
  const deps = { engine, log, orm: {}, background: { run: () => undefined } } as unknown as ApiDeps;
  return { told, deps };
}

describe('telling a workflow of its mail', () => {
  it('says once what came at the same time, for each order and its aftercare by itself', async () => {
    const { told, deps } = api();
    const answers = await Promise.all([
      deliver(deps, store, '1', kept(1)),
      deliver(deps, store, '1', kept(2)),
      deliver(deps, store, '2', kept(3)),
      deliver(deps, store, '1', kept(4, true)),
      deliver(deps, store, '1', kept(5)),
    ]);
    expect(answers).toEqual([true, true, true, true, true]);
    expect(told.toSorted()).toEqual(['1', '1 after its end', '2']);
  });

  it('says it again for what came once it was being said', async () => {
    let later: Promise<boolean> | undefined;
    const { told, deps } = api(async (call) => {
      if (call === 1) later = deliver(deps, store, '1', kept(2));
    });
    await deliver(deps, store, '1', kept(1));
    await later;
    expect(told).toEqual(['1', '1']);
  });

  it('leaves all of it to the drain where it can not be said', async () => {
    const { deps } = api(() => Promise.reject(new EngineUnavailable('away')));
    const both = [deliver(deps, store, '1', kept(1)), deliver(deps, store, '1', kept(2))];
    expect(await Promise.all(both)).toEqual([false, false]);
    expect(await deliver(deps, store, '1', null)).toBe(true);
  });
});
