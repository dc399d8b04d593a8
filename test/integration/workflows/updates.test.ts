import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRefusal, type Message, messages, type Stage, stages } from '../../support/update-table.ts';
import { letGo, timesOf } from '../../support/workflow-order.ts';
import { act, refusalOf, type Scene, shows, until } from '../../support/workflow-scene.ts';
import { openRealWorkshop, type Workshop } from '../../support/workflow-workshop.ts';

/** Every message of a person at every stage: what it does, or in which words it is refused. */
let shop: Workshop;
const scenes: Scene[] = [];
beforeAll(async () => {
  shop = await openRealWorkshop();
});
afterAll(() => shop.close());

const later = '2099-01-01T00:00:00.000Z';
const given: Partial<Record<Message, Record<string, unknown>>> = {
  reroute: { fulfillmentId: 'BER-1' },
  ship: { fulfillmentId: 'BER-1' },
  extend: { until: later },
  'change-address': { changeId: 'change' },
  'edit-lines': { changeId: 'change' },
  refund: { changeId: 'change' },
};

async function bring(stage: Stage, what: string): Promise<Scene> {
  const scene = await shop.start(`${stage.name}-${what}`.replaceAll(/\W+/g, '-'), {
    ...stage.given,
    ...(stage.given?.always && { always: new Map(stage.given.always) }),
  });
  scenes.push(scene);
  await stage.bring(scene);
  return scene;
}

/** Gives the message, and waits until it has done what the table says. Fails where it never does. */
async function effect(stage: Stage, message: Message, cell: string): Promise<void> {
  const scene = await bring(stage, message);
  const kind = message === 'edit-lines' ? 'lines' : message === 'refund' ? 'refund' : 'address';
  scene.changes.set('change', { kind, state: 'proposed', ...wishes[kind] });
  if (message === 'approve') scene.verdict = null;
  await act(scene, message, given[message]);
  await outcomes[cell]!(scene, message);
  expect(scene.notes).toMatchObject([
    ...(stage.name === 'put on hold' ? [{ what: 'hold' }] : []),
    { what: message === 'ship' ? 'hand_over' : message, actor: 'ops', detail: 'as agreed' },
  ]);
}

const wishes = { address: { address: 'second' }, lines: { toShip: 1 }, refund: {} };

const outcomes: Record<string, (scene: Scene, message: Message) => Promise<void>> = {
  async done(scene, message) {
    await done[message]!(scene);
    expect([...scene.buried]).toEqual([]);
  },
  async beside(scene) {
    const change = scene.changes.get('change')!;
    await until('the money to be given back', () => change.state === 'done');
    expect([change.paid, change.told, [...scene.buried]]).toEqual([true, undefined, []]);
  },
  async anew(scene) {
    const change = scene.changes.get('change')!;
    await until('what was done to be undone', () => scene.buried.get(1) === 'redo');
    await until('the store to be told', () => change.state === 'done');
    expect([change.told, change.paid ?? false]).toEqual([true, change.kind === 'lines']);
  },
  async undone(scene) {
    await until('what was done to be undone', () => scene.buried.get(1) === 'cancel');
    for (const step of scene.hanging.keys()) letGo(scene, step);
    expect(await scene.handle.result()).toBe('cancelled');
  },
  async moved(scene) {
    await until('it to be given up there', () => timesOf(scene, 'giveUp') === 1);
    await until('it to be moved', () => scene.excluded.includes('BER'));
    expect([...scene.buried]).toEqual([]);
  },
};

const answered = (resolution: string) => (scene: Scene) =>
  until('the answer to be booked', () => scene.attentions[0]?.resolution === resolution);
const done: Partial<Record<Message, (scene: Scene) => Promise<unknown>>> = {
  retry: answered('retried'),
  skip: answered('skipped'),
  hold: (scene) => shows(scene, 'held'),
  release: (scene) => until('it to go on', () => scene.standing?.conditions.includes('held') === false),
  approve: (scene) => until('it to go on', () => timesOf(scene, 'reserve') === 1),
  extend: (scene) => until('the deadline to move', () => scene.standing?.deadline === later),
  ship: (scene) => until('the hand-over', () => scene.stages.get('BER-1') === 'shipped'),
};

describe.each(stages.map((stage) => [stage.name, stage] as const))('%s', (_name, stage) => {
  const accepted = messages.filter((message) => !isRefusal(stage.cells[message]));
  const refused = messages.filter((message) => isRefusal(stage.cells[message]));
  const outcome = new Map<Message, Promise<unknown>>();
  beforeAll(() => {
    // Side by side, each an order of its own; a failure is its own test's.
    for (const message of accepted)
      outcome.set(
        message,
        effect(stage, message, stage.cells[message]).catch((error: unknown) => error),
      );
  });

  for (const message of accepted)
    it(`${message}: ${stage.cells[message]}`, async () => {
      const error = await outcome.get(message);
      if (error) throw error as Error;
    });

  it('refuses all others, and nothing changes', async () => {
    const scene = await bring(stage, 'refused');
    scene.changes.set('change', { kind: 'address', state: 'proposed', address: 'second' });
    const before = [scene.notes.length, scene.versions.length, scene.attentions.length];
    const said: Partial<Record<Message, string>> = {};
    for (const message of refused) said[message] = (await refusalOf(scene, message, given[message])).message;
    expect(said).toEqual(Object.fromEntries(refused.map((message) => [message, stage.cells[message]])));
    expect([scene.notes.length, scene.versions.length, scene.attentions.length]).toEqual(before);
    expect(scene.changes.get('change')!.state).toBe('proposed');
  });
});

it('the documentation has this table', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../../docs/operate.md'), 'utf8');
  const rows = stages.map(({ name, cells }) => {
    const marks = messages.map((message) => (isRefusal(cells[message]) ? '–' : cells[message]));
    return `| ${[name, ...marks].join(' | ')} |`;
  });
  expect(text).toContain(
    [`| | ${messages.join(' | ')} |`, `|${'---|'.repeat(messages.length + 1)}`, ...rows].join('\n'),
  );
});
