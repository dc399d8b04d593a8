import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keepHistory } from '../../support/histories.ts';
import { effectsOf, openAttentions, partyOf, stepsOf, timesOf } from '../../support/workflow-order.ts';
import { act, parked, type Scene, until } from '../../support/workflow-scene.ts';
import {
  callsAround,
  callsOf,
  finish,
  lead,
  leftOf,
  resultOf,
  type Row,
  steps,
  table,
} from '../../support/workflow-table.ts';
import { openWorkshop, type TimelessWorkshop } from '../../support/workflow-workshop.ts';

/** Each step of the table in three kinds, all at once on one server: the tests wait for their own and look at it. */
let shop: TimelessWorkshop;
const scenes = new Map<string, Promise<Scene>>();

beforeAll(async () => {
  shop = await openWorkshop();
  for (const row of table) {
    scenes.set(`${row.name}/success`, begin(row, 'success'));
    scenes.set(`${row.name}/refusal`, begin(row, 'refusal'));
    scenes.set(`${row.name}/retries`, begin(row, 'retries'));
  }
  for (const scene of scenes.values()) scene.catch(() => undefined);
  await giveUp();
});
afterAll(async () => {
  for (const row of table)
    for (const kind of ['success', 'refusal', 'retries'])
      await keepHistory((await scenes.get(`${row.name}/${kind}`)!).handle, row.step, kind);
  await shop.close();
});

async function begin(row: Row, kind: 'success' | 'refusal' | 'retries'): Promise<Scene> {
  const always = new Map(kind === 'retries' ? [[row.step, 'fail'] as const] : []);
  const turns = new Map(kind === 'refusal' ? [[row.step, [{ refuse: 'says_no' }]]] : []);
  const scene = await shop.start(`${row.name.replaceAll(' ', '-')}-${kind}`, { ...row.given, always, turns });
  await lead(scene, row);
  return scene;
}

/** Database steps are tried for half an hour: first until that has begun everywhere, then its end. */
async function giveUp(): Promise<void> {
  for (const row of table.filter(({ step }) => partyOf(step) === null)) {
    const scene = await scenes.get(`${row.name}/retries`)!;
    await until(`${row.name} to be tried for long`, () => timesOf(scene, row.step) >= 4);
  }
  await shop.pass('31 minutes');
}

it('the table has a row for every step', () => {
  expect(new Set(table.map(({ step }) => step))).toEqual(new Set(Object.keys(steps)));
});

describe.each(table)('$name', (row) => {
  const scene = (kind: string) => scenes.get(`${row.name}/${kind}`)!;

  async function expectParked(parkedScene: Scene, reason: string, lastError: string, words: string) {
    await parked(parkedScene);
    expect(openAttentions(parkedScene)).toEqual([
      {
        attentionId: expect.any(String),
        orderId: parkedScene.input.orderId,
        ...row.parks,
        reason,
        lastError,
        sentence: expect.stringContaining(words),
        resolution: null,
        resolvedBy: null,
      },
    ]);
  }

  async function expectEnd(ended: Scene, calls: string[]) {
    expect(await finish(ended, row)).toBe(resultOf(row));
    expect(stepsOf(ended)).toEqual(calls);
    expect(effectsOf(ended)).toEqual(leftOf(row));
    expect(openAttentions(ended)).toEqual([]);
  }

  it('succeeds', async () => {
    const done = await scene('success');
    await expectEnd(done, callsOf(row));
    expect(done.attentions).toEqual([]);
  });

  it('is refused', async () => {
    const refused = await scene('refusal');
    if (row.parks) {
      await expectParked(
        refused,
        'says_no',
        'The other side says no',
        'asking again alone will not help: The other side says no',
      );
      await act(refused, 'retry');
      expect(refused.attentions).toMatchObject([{ resolution: 'retried', resolvedBy: 'ops' }]);
    } else if (row.alone === 'tried-on') await shop.pass('2 minutes');
    await expectEnd(refused, row.alone === 'done-without' ? callsOf(row) : callsAround(row, 1));
  });

  it('uses up its retries, parks, and is retried by a person', async () => {
    const failed = await scene('retries');
    const party = partyOf(row.step);
    if (row.parks) {
      const error = party ? `${party}: no answer in time (timeout)` : 'connection lost';
      const reason = party ? `${party}_unavailable` : 'internal';
      await expectParked(failed, reason, error, `however often it was tried: ${error}`);
    }
    const times = timesOf(failed, row.step);
    if (party) expect(times).toBe(3);
    failed.always.delete(row.step);
    if (row.parks) await act(failed, 'retry');
    if (row.alone === 'tried-on') await shop.pass('2 minutes');
    const again = row.alone === 'done-without' ? times - 1 : times;
    await expectEnd(failed, callsAround(row, again));
  });

  it('does the same again when it is replayed', async () => {
    for (const kind of ['success', 'refusal', 'retries']) await shop.replay(await scene(kind));
  });
});
