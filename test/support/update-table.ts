/**
 * What each of people's messages does to an order, wherever it is: the table of docs/operate.md, every cell of which a
 * test tries.
 *
 * `done`: at once, and the order goes on as it was. `anew`: what was done is undone and begun again. `undone`: for good.
 * `beside`: done beside the order's way, which it does not stop. Anything else is the refusal, in its words.
 */
import { type FakeOrder, type Step } from './workflow-order.ts';
import type { OrderAction } from '../../workflows/contracts.ts';
import { act, hangs, labelled, parked, scan, type Scene, shows, until } from './workflow-scene.ts';

export type Message = OrderAction | 'ship';
export const messages: readonly Message[] = [
  'retry',
  'skip',
  'cancel',
  'hold',
  'release',
  'approve',
  'change-address',
  'edit-lines',
  'reroute',
  'refund',
  'extend',
  'ship',
];

export interface Stage {
  /** As the documentation has it. */
  name: string;
  given?: Partial<FakeOrder>;
  /** Brings the order there, where it stays. */
  bring(scene: Scene): Promise<void>;
  cells: Record<Message, string>;
}

const nothingParked = 'Nothing of the order is parked, so there is nothing to retry';
const nothingSkippable = 'Nothing is parked that can be done without';
const notHeld = 'Nobody put the order on hold';
const notReviewed = 'The review does not hold the order';
const noFulfillment = 'No fulfillment of the order can go elsewhere (any more)';
const noDeadline = 'Nothing of the order waits for a deadline';
const noLive = 'The order has no live fulfillment BER-1';
const tooLate = (what: string) => `A parcel has left: to ${what} is too late, intercept it or take it back`;
const allLeft = 'All of it has left: intercept it, or take it back';

const open: Record<Message, string> = {
  retry: nothingParked,
  skip: nothingSkippable,
  cancel: 'undone',
  hold: 'done',
  release: notHeld,
  approve: notReviewed,
  'change-address': 'anew',
  'edit-lines': 'anew',
  reroute: noFulfillment,
  refund: 'beside',
  extend: noDeadline,
  ship: noLive,
};

const shipped: Record<Message, string> = {
  ...open,
  cancel: tooLate('cancel'),
  hold: tooLate('hold'),
  'change-address': allLeft,
  'edit-lines': allLeft,
  ship: 'It was handed over already',
};

const hanging = (step: Step): Pick<Stage, 'given' | 'bring'> => ({
  given: { always: new Map([[step, 'hang']]) },
  bring: (scene) => hangs(scene, step),
});

export const stages: readonly Stage[] = [
  { name: 'in review', ...hanging('review'), cells: open },
  {
    name: 'awaiting payment',
    given: { verdict: { outcome: 'await-payment', findings: [] } },
    bring: (scene) => shows(scene, 'awaiting_payment'),
    cells: { ...open, extend: 'done' },
  },
  {
    name: 'held by the review',
    given: {
      verdict: {
        outcome: 'hold',
        findings: [{ code: 'approval-needed', severity: 'hold', message: 'It is worth much.' }],
      },
    },
    bring: (scene) => shows(scene, 'held'),
    cells: { ...open, approve: 'done', extend: 'done' },
  },
  {
    name: 'refused by the review',
    given: {
      verdict: {
        outcome: 'refuse',
        findings: [{ code: 'address-incomplete', severity: 'refuse', message: 'No city.' }],
      } as never,
    },
    bring: (scene) => parked(scene),
    cells: { ...open, retry: 'done' },
  },
  { name: 'being reserved', ...hanging('reserve'), cells: open },
  {
    name: 'awaiting stock',
    given: { missing: 2 },
    bring: (scene) => shows(scene, 'awaiting_stock'),
    cells: { ...open, extend: 'done' },
  },
  { name: 'reserved, being allocated', ...hanging('allocate'), cells: open },
  {
    name: 'allocated, its label being bought',
    ...hanging('buyLabel'),
    cells: { ...open, reroute: 'moved', ship: 'It is allocated: it has no label yet' },
  },
  {
    name: 'parked at its label',
    bring: async (scene) => parked(scene),
    given: { always: new Map([['buyLabel', { refuse: 'address_refused' }]]) },
    cells: { ...open, retry: 'done', reroute: 'moved', ship: 'It is allocated: it has no label yet' },
  },
  {
    name: 'labelled',
    bring: labelled,
    cells: { ...open, reroute: 'moved', ship: 'done' },
  },
  {
    name: 'labelled, the store not told',
    given: { always: new Map([['announce', { refuse: 'store_refused' }]]) },
    bring: async (scene) => parked(scene),
    cells: { ...open, retry: 'done', skip: 'done', reroute: 'moved', ship: 'done' },
  },
  {
    name: 'put on hold',
    async bring(scene) {
      await labelled(scene);
      await act(scene, 'hold');
      await shows(scene, 'held');
    },
    cells: {
      ...open,
      hold: 'The order is on hold already',
      release: 'done',
      reroute: 'moved',
      ship: 'The order is on hold: release it first',
    },
  },
  {
    name: 'shipped in part',
    given: { warehouses: ['BER', 'PAR'] },
    async bring(scene) {
      await labelled(scene);
      await scan(scene, 'BER-1', 'shipped');
      await until('the hand-over', () => scene.stages.get('BER-1') === 'shipped');
    },
    cells: {
      ...shipped,
      'change-address': 'anew',
      'edit-lines': 'anew',
      reroute: 'It has left: intercept it, or take it back',
    },
  },
  {
    name: 'shipped',
    async bring(scene) {
      await labelled(scene);
      await scan(scene, 'BER-1', 'shipped');
      await until('the hand-over', () => scene.stages.get('BER-1') === 'shipped');
    },
    cells: shipped,
  },
  {
    name: 'delivered, its money not matching',
    given: {
      money: { matched: false, code: 'underpaid', difference: { minor: -5, currency: 'EUR' }, sentence: 'x' },
    },
    async bring(scene) {
      await labelled(scene);
      await scan(scene, 'BER-1', 'delivered');
      await parked(scene);
    },
    cells: { ...shipped, retry: 'done', skip: 'done' },
  },
  {
    name: 'being cancelled',
    async bring(scene) {
      await labelled(scene);
      scene.always.set('voidLabel', 'hang');
      await act(scene, 'cancel');
      await hangs(scene, 'voidLabel');
    },
    cells: Object.fromEntries(
      messages.map((message) => [
        message,
        message === 'ship'
          ? 'The order is being undone'
          : `The order is being undone: ${message} is not possible now`,
      ]),
    ) as Record<Message, string>,
  },
];

/** Every refused Update of a test is sent in one workflow: it leaves no trace there. */
export const isRefusal = (cell: string): boolean =>
  !['done', 'anew', 'undone', 'moved', 'beside'].includes(cell);
