import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stockSignal } from '../../../workflows/contracts.ts';
import { keepHistory } from '../../support/histories.ts';
import {
  type FakeOrder,
  fakeOrder,
  letGo,
  openAttentions,
  type Step,
  stepsOf,
  tell,
  timesOf,
} from '../../support/workflow-order.ts';
import {
  act,
  deliverAll,
  hangs,
  labelled,
  parked,
  refusalOf,
  type Scene,
  scan,
  settled,
  shows,
  until,
} from '../../support/workflow-scene.ts';
import {
  openRealWorkshop,
  openWorkshop,
  type TimelessWorkshop,
  type Workshop,
} from '../../support/workflow-workshop.ts';

/** What few orders meet: stock that is lost, another warehouse, a payment taken at the hand-over, a wait that is longer. */
let shop: Workshop;
/** Where time is skipped. */
let timeless: TimelessWorkshop;
const scenes: [Scene, string][] = [];
const kept = ['lost', 'short', 'short-rerouted', 'part', 'held-long', 'authorized'];
beforeAll(async () => {
  [shop, timeless] = await Promise.all([openRealWorkshop(), openWorkshop()]);
});
afterAll(async () => {
  for (const [scene, kind] of scenes)
    if (kept.includes(kind)) await keepHistory(scene.handle, 'detour', kind);
  await Promise.all([shop.close(), timeless.close()]);
});

async function start(name: string, given: Partial<FakeOrder> = {}, where = shop): Promise<Scene> {
  const scene = await where.start(name, given);
  scenes.push([scene, name]);
  return scene;
}

const tellStock = (order: Scene, message: { lost?: string[]; short?: string[] }) =>
  order.handle.signal(stockSignal, { generation: 1, ...message });
const since = (order: Scene, step: Step) => stepsOf(order).slice(stepsOf(order).lastIndexOf(step));
const dissolve = (order: Scene, id: string) => order.stages.set(id, 'cancelled');
const { policy } = fakeOrder('any');
const forward: Step[] = [
  'reserve',
  'allocate',
  'listCarriers',
  'quote',
  'chooseService',
  'buyLabel',
  'announce',
];

/** Its generation was buried by a task that died with its worker, and with the message that it was buried for. */
describe('an undo of which only the database knows', () => {
  it.each([
    ['cancel', 'cancelled'],
    ['redo', 'closed'],
  ] as const)('%s: is taken up as what it was, instead of asking a person', async (ending, end) => {
    const order = await start(`buried-${ending}`);
    tell(order, 'quote', 'hang');
    await hangs(order, 'quote');
    order.buried.set(1, ending);
    letGo(order, 'quote');
    expect(end === 'closed' ? await deliverAll(order) : await order.handle.result()).toBe(end);
    expect(order.attentions).toEqual([]);
    expect(order.endings.map(({ stage }) => stage)).toEqual([end]);
  });
});

describe('stock that is lost', () => {
  it('before a label is asked for: only what is affected moves, by itself', async () => {
    const order = await start('lost', { warehouses: ['BER', 'PAR'] });
    tell(order, 'quote', 'hang', 'hang');
    await hangs(order, 'quote');
    await settledQuotes(order, 2);
    dissolve(order, 'BER-1');
    await tellStock(order, { lost: ['BER-1'] });
    await until('another fulfillment', () => order.stages.has('MUC-1-2'));
    letGo(order, 'quote');
    expect(await deliverAll(order)).toBe('closed');
    expect([...order.stages]).toEqual([
      ['BER-1', 'cancelled'],
      ['PAR-1', 'delivered'],
      ['MUC-1-2', 'delivered'],
    ]);
    expect([timesOf(order, 'reserve'), timesOf(order, 'allocate')]).toEqual([2, 2]);
    expect(timesOf(order, 'voidLabel')).toBe(0);
    expect(order.attentions).toEqual([]);
    await shop.replay(order);
  });

  it('waits in the queue for what is nowhere, while the rest goes on', async () => {
    const order = await start('lost-nowhere', { warehouses: ['BER', 'PAR'] });
    tell(order, 'quote', 'hang', 'hang');
    await settledQuotes(order, 2);
    dissolve(order, 'BER-1');
    order.missing = 1;
    await tellStock(order, { lost: ['BER-1'] });
    await shows(order, 'awaiting_stock');
    letGo(order, 'quote');
    await until('the other to be announced', () => order.announced.has('PAR-1'));
    order.missing = 0;
    await tellStock(order, {});
    await until('the other parcel', () => order.announced.has('MUC-1-2'));
    expect(await deliverAll(order)).toBe('closed');
    expect(order.stages.get('MUC-1-2')).toBe('delivered');
    await shop.replay(order);
  });

  it('with its label: a person is asked, and what has its stock again goes on', async () => {
    const order = await start('short');
    await labelled(order);
    await tellStock(order, { short: ['BER-1'] });
    await parked(order);
    expect(openAttentions(order)).toMatchObject([
      {
        step: 'stock',
        fulfillmentId: 'BER-1',
        reason: 'stock_gone',
        actions: ['retry', 'cancel', 'reroute'],
      },
    ]);
    await settled(order);
    expect((await refusalOf(order, 'ship', { fulfillmentId: 'BER-1' })).message).toBe(
      'Its stock is not there any more',
    );
    await act(order, 'retry');
    await until('the second no', () => openAttentions(order).length === 1 && timesOf(order, 'reclaim') === 2);
    await scan(order, 'BER-1', 'delivered');
    await settled(order);
    expect(timesOf(order, 'handOver')).toBe(0);
    order.stockBack = true;
    await act(order, 'retry');
    expect(await order.handle.result()).toBe('closed');
    await shop.replay(order);
  });

  it('with its label: a person sends it from elsewhere', async () => {
    const order = await start('short-rerouted');
    await labelled(order);
    await tellStock(order, { short: ['BER-1'] });
    await parked(order);
    await settled(order);
    await act(order, 'reroute', { fulfillmentId: 'BER-1' });
    await until('it to be elsewhere', () => order.announced.has('MUC-1-1'));
    expect(since(order, 'giveUp')).toEqual(['giveUp', 'voidLabel', 'withdraw', 'move', ...forward]);
    expect(order.excluded).toEqual(['BER']);
    expect(openAttentions(order)).toEqual([]);
    expect(await deliverAll(order)).toBe('closed');
    await shop.replay(order);
  });
});

describe('a reroute', () => {
  it('of what is about to be labelled takes nothing back that was not done', async () => {
    const order = await start('rerouted-early');
    tell(order, 'quote', 'hang');
    await hangs(order, 'quote');
    await act(order, 'reroute', { fulfillmentId: 'BER-1', excludeWarehouse: 'PAR' });
    await until('it to be elsewhere', () => order.stages.has('MUC-1-1'));
    letGo(order, 'quote');
    expect(order.excluded).toEqual(['PAR']);
    expect(await deliverAll(order)).toBe('closed');
    expect(timesOf(order, 'voidLabel')).toBe(0);
    await shop.replay(order);
  });

  it('comes too late where the carrier has the parcel, and says so', async () => {
    const order = await start('rerouted-late', { left: new Set(['BER']) });
    await labelled(order);
    await act(order, 'reroute', { fulfillmentId: 'BER-1' });
    await until('it to go on', () => timesOf(order, 'goOn') === 1);
    expect(await deliverAll(order)).toBe('closed');
    expect(order.notes.filter(({ what }) => what === 'too_late')).toHaveLength(1);
    expect(timesOf(order, 'move')).toBe(0);
    await shop.replay(order);
  });

  it('is refused for what has left, what is not there, and what is on its way elsewhere', async () => {
    const order = await start('not-rerouted');
    await labelled(order);
    expect((await refusalOf(order, 'reroute', { fulfillmentId: 'X' })).message).toBe(
      'The order has no live fulfillment X',
    );
    order.always.set('giveUp', 'hang');
    await act(order, 'reroute', { fulfillmentId: 'BER-1' });
    await hangs(order, 'giveUp');
    expect((await refusalOf(order, 'reroute', { fulfillmentId: 'BER-1' })).message).toBe(
      'No fulfillment of the order can go elsewhere (any more)',
    );
    letGo(order, 'giveUp');
    await until('it to be elsewhere', () => order.announced.has('MUC-1-1'));
    await settled(order);
    await scan(order, 'MUC-1-1', 'shipped');
    await until('it to leave', () => order.stages.get('MUC-1-1') === 'shipped');
    await settled(order);
    expect((await refusalOf(order, 'reroute', { fulfillmentId: 'MUC-1-1' })).possible).toEqual(['refund']);
    expect(await deliverLast(order, 'MUC-1-1')).toBe('closed');
    await shop.replay(order);
  });

  const steps: Step[] = ['giveUp', 'voidLabel', 'withdraw', 'move'];
  it.each(steps)('parks when %s is refused, and goes on when a person says so', async (step) => {
    const order = await start(`reroute-${step}`);
    await labelled(order);
    tell(order, step, { refuse: 'says_no' });
    await act(order, 'reroute', { fulfillmentId: 'BER-1' });
    await parked(order);
    expect(openAttentions(order)).toMatchObject([{ fulfillmentId: 'BER-1', reason: 'says_no' }]);
    await settled(order);
    await act(order, 'retry');
    await until('it to be elsewhere', () => order.announced.has('MUC-1-1'));
    expect(await deliverAll(order)).toBe('closed');
    expect(order.stages.get('MUC-1-1')).toBe('delivered');
    await shop.replay(order);
  });

  it.each(steps)('is overtaken by a cancel while %s is under way', async (step) => {
    const order = await start(`reroute-${step}-cancelled`);
    await labelled(order);
    order.always.set(step, 'hang');
    await act(order, 'reroute', { fulfillmentId: 'BER-1' });
    await hangs(order, step);
    const cancelled = act(order, 'cancel');
    await until('the undo', () => timesOf(order, 'bury') > 0);
    letGo(order, step);
    await cancelled;
    expect(await order.handle.result()).toBe('cancelled');
    expect([...order.stages.values()].every((stage) => stage === 'cancelled')).toBe(true);
    expect([...order.purchases.values()].map(({ state }) => state)).toEqual(['voided']);
    await shop.replay(order);
  });
});

describe('part of an order', () => {
  it('leaves at once where the store wants it, and the rest follows', async () => {
    const order = await start('part', { toFollow: 1 });
    await labelled(order);
    await shows(order, 'awaiting_stock');
    await scan(order, 'BER-1', 'delivered');
    await until('it to arrive', () => order.stages.get('BER-1') === 'delivered');
    order.toFollow = 0;
    order.warehouses = ['BER', 'PAR'];
    await tellStock(order, {});
    await until('the rest', () => order.announced.has('MUC-1-1'));
    expect(await deliverAll(order)).toBe('closed');
    expect([...order.stages]).toEqual([
      ['BER-1', 'delivered'],
      ['MUC-1-1', 'delivered'],
    ]);
    await shop.replay(order);
  });
});

describe('time', () => {
  it('a held order gives its stock back, and claims it anew when it goes on', async () => {
    const order = await start('held-long', {}, timeless);
    tell(order, 'quote', 'hang');
    await hangs(order, 'quote');
    await act(order, 'hold');
    tell(order, 'chooseService', { refuse: 'later' });
    letGo(order, 'quote');
    await parked(order);
    await settled(order);
    await act(order, 'retry');
    await until('its stock to be kept for a while', () => order.standing?.reservedUntil !== null);
    await timeless.pass('25 hours');
    await until('the stock to be given back', () => timesOf(order, 'giveBack') === 1);
    expect(order.stages.get('BER-1')).toBe('cancelled');
    expect(order.standing?.reservedUntil).toBeNull();
    await settled(order);
    await act(order, 'release');
    expect(await deliverAll(order)).toBe('closed');
    expect(order.stages.get('MUC-1-1')).toBe('delivered');
    await timeless.replay(order);
  });

  it('a hold that ends for one parcel gives back the stock of no other', async () => {
    const order = await start('held-two', { warehouses: ['BER', 'PAR'] });
    tell(order, 'quote', 'hang', 'hang');
    await hangs(order, 'quote');
    await until('both to be asked for', () => timesOf(order, 'quote') === 2);
    await act(order, 'hold');
    tell(order, 'chooseService', { refuse: 'later' }, { refuse: 'later' });
    letGo(order, 'quote');
    await until('both to be parked', () => openAttentions(order).length === 2);
    await settled(order);
    for (const { attentionId } of openAttentions(order)) await act(order, 'retry', { attentionId });
    await until('the stock to be kept for a while', () => order.standing?.reservedUntil !== null);
    await settled(order);
    await act(order, 'reroute', { fulfillmentId: 'BER-1' });
    await until('one to be dissolved', () => order.stages.get('BER-1') === 'cancelled');
    await settled(order);
    await act(order, 'release');
    expect(await deliverAll(order)).toBe('closed');
    expect(timesOf(order, 'giveBack')).toBe(0);
    expect(order.stages.get('PAR-1')).toBe('delivered');
    await timeless.replay(order);
  });

  it('an unpaid order keeps stock where the store reserves on order, until a person’s deadline', async () => {
    const pending = {
      outcome: 'await-payment' as const,
      findings: [
        { code: 'payment-pending' as const, severity: 'await-payment' as const, message: 'pending' },
      ],
    };
    const order = await start(
      'unpaid',
      {
        verdict: pending,
        policy: { ...policy, reserve: 'on_order' },
      },
      timeless,
    );
    await shows(order, 'awaiting_payment');
    await until('its stock to be kept for a while', () => order.standing?.reservedUntil !== null);
    expect(order.reserved.has(1)).toBe(true);
    const before = order.standing!.reservedUntil!;
    await settled(order);
    const until48 = new Date(Date.parse(before) + 24 * 3_600_000).toISOString();
    expect((await refusalOf(order, 'extend', { until: before })).message).toContain('already');
    await act(order, 'extend', { until: until48 });
    expect(order.standing!.reservedUntil).toBe(until48);
    await timeless.pass('30 hours');
    expect(timesOf(order, 'giveBack')).toBe(0);
    await timeless.pass('20 hours');
    await until('the stock to be given back', () => timesOf(order, 'giveBack') === 1);
    expect(order.reserved.has(1)).toBe(false);
    await act(order, 'cancel');
    expect(await order.handle.result()).toBe('cancelled');
    await timeless.replay(order);
  });

  it('what is sold ahead of its day waits for it', async () => {
    const order = await start(
      'preorder',
      {
        notBefore: new Date(Date.now() + 40 * 86_400_000).toISOString(),
      },
      timeless,
    );
    await shows(order, 'awaiting_stock');
    expect(order.standing?.waitingFor).toContain('at the earliest');
    expect(timesOf(order, 'quote')).toBe(0);
    await timeless.pass('41 days');
    expect(await deliverAll(order)).toBe('closed');
    await timeless.replay(order);
  });

  it('nothing is extended that does not wait', async () => {
    const order = await start('not-extended', {}, timeless);
    await labelled(order);
    const refusal = await refusalOf(order, 'extend', { until: '2099-01-01T00:00:00Z' });
    expect(refusal.message).toBe('Nothing of the order waits for a deadline');
    expect(await deliverAll(order)).toBe('closed');
  });
});

describe('a payment that a provider holds', () => {
  it('is asked for before it is waited for, and taken at the hand-over', async () => {
    const pending = {
      outcome: 'await-payment' as const,
      findings: [
        { code: 'payment-pending' as const, severity: 'await-payment' as const, message: 'pending' },
      ],
    };
    const order = await start('authorized', {
      verdict: pending,
      payment: 'authorized',
      moneyParty: 'ups',
      policy: { ...policy, capture: 'on_shipment' },
    });
    order.verdict = null;
    tell(order, 'capturePayment', { refuse: 'says_no' });
    await labelled(order);
    await scan(order, 'BER-1', 'delivered');
    await parked(order);
    expect(openAttentions(order)).toMatchObject([{ step: 'capture-payment', reason: 'says_no' }]);
    await settled(order);
    await act(order, 'retry');
    expect(await order.handle.result()).toBe('closed');
    expect(order.captured).toBe(true);
    await shop.replay(order);
  });
});

async function settledQuotes(order: Scene, count: number): Promise<void> {
  await until(`${count} quotes to be asked for`, () => timesOf(order, 'quote') === count);
}

async function deliverLast(order: Scene, id: string): Promise<string> {
  await scan(order, id, 'delivered');
  return (await order.handle.result()) as string;
}
