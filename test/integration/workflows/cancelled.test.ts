import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { keepHistory } from '../../support/histories.ts';
import {
  effectsOf,
  letGo,
  openAttentions,
  partyOf,
  type Step,
  stepsOf,
  timesOf,
} from '../../support/workflow-order.ts';
import { act, hangs, heardOfCancel, refusalOf, type Scene, until } from '../../support/workflow-scene.ts';
import { callsOf, finish, lead, leftOf, resultOf, type Row, table } from '../../support/workflow-table.ts';
import { openRealWorkshop, type Workshop } from '../../support/workflow-workshop.ts';

jest.setTimeout(120_000);

/** Each step hangs when the cancel comes: from a person in one order, from Temporal in another, all at once. */
let shop: Workshop;
const byPerson = new Map<Row, Promise<{ scene: Scene; refusal: string | null }>>();
const inTemporal = new Map<Row, Promise<Scene>>();

beforeAll(async () => {
  shop = await openRealWorkshop();
  for (const row of table) {
    byPerson.set(row, cancelByPerson(row));
    inTemporal.set(row, cancelInTemporal(row));
  }
  for (const scene of [...byPerson.values(), ...inTemporal.values()]) scene.catch(() => undefined);
});
afterAll(async () => {
  for (const [{ step }, cancelled] of byPerson)
    await keepHistory((await cancelled).scene.handle, step, 'person');
  for (const [{ step }, cancelled] of inTemporal)
    await keepHistory((await cancelled).handle, step, 'temporal');
  await shop.close();
});

async function bringTo(row: Row, how: string): Promise<Scene> {
  const always = new Map([[row.step, 'hang'] as const]);
  const scene = await shop.start(`${row.name.replaceAll(' ', '-')}-${how}`, { ...row.given, always });
  // Whether the cancel that leads to an undo is answered before that undo ends is not its matter.
  lead(scene, row).catch(() => undefined);
  await hangs(scene, row.step);
  // The first tries of a database step are over before anything else can come; then it is tried like all others.
  if (!partyOf(row.step)) await until(`${row.name} to be tried for long`, () => timesOf(scene, row.step) > 2);
  return scene;
}

async function cancelByPerson(row: Row) {
  const scene = await bringTo(row, 'person');
  const refusal = refusalByPerson(row);
  const answer = refusal ? refusalOf(scene, 'cancel') : act(scene, 'cancel');
  const said = await answer;
  if (refusal) expect(said).toEqual({ message: refusal, possible: refusal === left ? ['refund'] : [] });
  await letGoLate(row, scene, refusal === null);
  return { scene, refusal };
}

async function cancelInTemporal(row: Row): Promise<Scene> {
  const scene = await bringTo(row, 'temporal');
  await scene.handle.cancel();
  await heardOfCancel(scene);
  await letGoLate(row, scene, row.way === 'forward' && row.step !== 'end');
  return scene;
}

/** Their outcome could not be told or undone afterwards, or nothing is known of the order before: they are waited for. */
const waitedFor: Step[] = ['capture', 'fetchOrder', 'announce', 'handOver', 'end'];

/** All others are not: the undo is under way when they answer at last. */
async function letGoLate(row: Row, scene: Scene, interrupted: boolean): Promise<void> {
  if (interrupted && !waitedFor.includes(row.step))
    await until(`the undo of ${scene.input.externalId}`, () => timesOf(scene, 'bury') > 0);
  letGo(scene, row.step);
}

const left = 'A parcel has left: to cancel is too late, intercept it or take it back';
function refusalByPerson({ step, way }: Row): string | null {
  if (way === 'undo') return 'The order is being undone: cancel is not possible now';
  if (step === 'capture' || step === 'fetchOrder') return 'The order has no content yet';
  if (step === 'deliver' || step === 'reconcile') return left;
  return step === 'end' ? 'The order is being closed: cancel is not possible any more' : null;
}

/** What there is to undo when the step is met under way. */
const undoOf: Partial<Record<Step, Step[]>> = {
  buyLabel: ['voidLabel'],
  announce: ['voidLabel', 'withdraw'],
};
const settling: Step[] = ['release', 'cancelInStore', 'refundAll', 'end', 'capture'];

/** Of the database step that hangs: its first ones are given up. */
const tries: Step[] = ['capture', 'capture', 'capture'];

/** Cancelled as if the step had never been begun. */
function expectCancelled(row: Row, scene: Scene, by: { actor: string; detail: string }) {
  const calls = stepsOf(scene);
  const before = callsOf(row).slice(0, callsOf(row).indexOf(row.step));
  expect(calls.filter((step) => step !== row.step || step === 'capture')).toEqual(
    [...before, ...(row.step === 'capture' ? tries : []), 'bury', ...(undoOf[row.step] ?? []), ...settling]
      // The store's answer is read, but only then.
      .flatMap((step) => (step === 'bury' && row.step === 'fetchOrder' ? ['capture', 'bury'] : [step])),
  );
  expect(effectsOf(scene)).toMatchObject({
    stage: 'cancelled',
    reserved: [],
    announced: 0,
    cancelledInStore: true,
    refunded: true,
  });
  const { labels, fulfillments } = effectsOf(scene);
  expect(labels.every((state) => state === 'voided' || state === 'abandoned')).toBe(true);
  expect(fulfillments.every((stage) => stage === 'cancelled')).toBe(true);
  expect(scene.endings).toEqual([{ stage: 'cancelled', ...by }]);
  expect(openAttentions(scene)).toEqual([]);
}

describe.each(table)('$name', (row) => {
  it('is cancelled by a person while it runs', async () => {
    const { scene, refusal } = await byPerson.get(row)!;
    const result = await finish(scene, row, refusal === null);
    if (refusal === null && row.step !== 'handOver')
      return expectCancelled(row, scene, { actor: 'ops', detail: 'as agreed' });
    expect(result).toBe(resultOf(row));
    expect(effectsOf(scene)).toEqual(leftOf(row));
    const tooLate = scene.notes.filter(({ what }) => what === 'too_late');
    expect(tooLate).toHaveLength(row.step === 'handOver' ? 1 : 0);
  });

  it('is cancelled in Temporal while it runs', async () => {
    const scene = await inTemporal.get(row)!;
    const result = await finish(scene, row, true);
    const shipped: Step[] = ['handOver', 'deliver', 'reconcile'];
    if (row.way === 'forward' && row.step !== 'end' && !shipped.includes(row.step))
      return expectCancelled(row, scene, { actor: 'operator', detail: 'cancelled in Temporal' });
    expect(result).toBe(resultOf(row));
    expect(effectsOf(scene)).toEqual(leftOf(row));
    const tooLate = scene.notes.filter(({ what }) => what === 'too_late');
    expect(tooLate).toHaveLength(shipped.includes(row.step) ? 1 : 0);
  });

  it('does the same again when it is replayed', async () => {
    await shop.replay((await byPerson.get(row)!).scene);
    await shop.replay(await inTemporal.get(row)!);
  });
});
