import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keepHistory } from '../../support/histories.ts';
import { defaultPolicy } from '../../../domain/policy.ts';
import { aftercareWorkflowId } from '../../../domain/workflow-ids.ts';
import { mailSignal, orderQueue, stockSignal } from '../../../workflows/contracts.ts';
import {
  effectsOf,
  type FakeOrder,
  letGo,
  openAttentions,
  stepsOf,
  tell,
  timesOf,
  write,
} from '../../support/workflow-order.ts';
import {
  act,
  deliverAll,
  hangs,
  labelled,
  mail,
  parked,
  refusalOf,
  type Scene,
  scan,
  settled,
  shows,
  stockCame,
  until,
} from '../../support/workflow-scene.ts';
import { openWorkshop, type TimelessWorkshop } from '../../support/workflow-workshop.ts';

/** What else can happen to an order on its way. */
let shop: TimelessWorkshop;
const kept = new Map<string, Scene>();

beforeAll(async () => {
  shop = await openWorkshop();
});
afterAll(async () => {
  for (const [kind, { handle }] of kept) await keepHistory(handle, 'order', kind);
  await shop.close();
});

const result = async ({ handle }: Scene) => (await handle.result()) as string;
/** What was done must be done again by a replay. */
async function replays(scene: Scene, kind?: string): Promise<void> {
  if (kind) kept.set(kind, scene);
  await shop.replay(scene);
}

/** Its carrier has the parcel, so it is followed on. */
async function cancelTooLate(order: Scene): Promise<void> {
  await labelled(order);
  await act(order, 'cancel');
  await until('the note', () => order.notes.some(({ what }) => what === 'too_late'));
  await settled(order);
}

const pending = {
  outcome: 'await-payment',
  findings: [{ code: 'payment-pending', severity: 'await-payment', message: 'Not paid yet.' }],
} as const;
const doubtful = {
  outcome: 'hold',
  findings: [{ code: 'duplicate', severity: 'hold', message: 'Looks like order 7.' }],
} as const;
const verdict = (given: typeof pending | typeof doubtful) =>
  ({ outcome: given.outcome, findings: [...given.findings] }) as FakeOrder['verdict'];

describe('deadlines', () => {
  it('cancels what is not paid in time, and gives back what was taken', async () => {
    const order = await shop.start('unpaid', { verdict: verdict(pending) });
    await shows(order, 'awaiting_payment');
    expect(order.standing).toMatchObject({ waitingFor: 'Not paid yet.', deadline: expect.any(String) });
    await shop.pass(`${defaultPolicy.deadlines.paymentHours + 1} hours`);
    expect(await result(order)).toBe('cancelled');
    expect(order.endings).toEqual([
      { stage: 'cancelled', actor: 'engine', detail: 'not paid within 168 hours' },
    ]);
    await replays(order, 'unpaid');
  });

  it('goes on with what is paid before', async () => {
    const order = await shop.start('paid', { verdict: verdict(pending) });
    await shows(order, 'awaiting_payment');
    order.verdict = null;
    write(order, { paymentState: 'paid' });
    await mail(shop.client, order);
    expect(await deliverAll(order)).toBe('closed');
    expect(effectsOf(order).generation).toBe(1);
    await replays(order, 'paid');
  });

  it('asks a person when stock does not come, and still goes on when it does', async () => {
    const order = await shop.start('stock', { missing: 2 });
    await shows(order, 'awaiting_stock');
    expect(order.standing!.waitingFor).toBe('Missing 2 × MUG');
    await shop.pass(`${defaultPolicy.deadlines.stockHours + 1} hours`);
    await parked(order);
    expect(openAttentions(order)).toMatchObject([
      { step: 'reserve', reason: 'stock_overdue', actions: ['retry', 'cancel'] },
    ]);
    order.missing = 0;
    await settled(order);
    await stockCame(order, 1);
    expect(await deliverAll(order)).toBe('closed');
    expect(order.attentions).toMatchObject([{ resolution: 'no longer needed', resolvedBy: 'engine' }]);
    await replays(order, 'awaiting-stock');
  });

  it('reminds of what is on hold for too long, and goes on when it is approved', async () => {
    const order = await shop.start('held', { verdict: verdict(doubtful) });
    await shows(order, 'held');
    await shop.pass(`${defaultPolicy.deadlines.heldHours + 1} hours`);
    await parked(order);
    expect(openAttentions(order)).toMatchObject([
      { step: 'review', reason: 'held_too_long', actions: ['approve', 'cancel', 'retry'] },
    ]);
    order.verdict = null;
    await settled(order);
    await act(order, 'approve');
    expect(await deliverAll(order)).toBe('closed');
    expect(order.calls.filter(({ step }) => step === 'review').at(-1)!.input).toMatchObject({
      approved: ['duplicate'],
    });
    await replays(order, 'held-approved');
  });

  it('takes what nobody tracks for delivered after a while', async () => {
    const order = await shop.start('untracked', { tracked: false });
    await labelled(order);
    await act(order, 'ship', { fulfillmentId: 'BER-1', trackingNumber: 'X1' });
    await until('the hand-over', () => order.stages.get('BER-1') === 'shipped');
    expect(order.calls.find(({ step }) => step === 'handOver')!.input).toMatchObject({
      actor: 'ops',
      trackingNumber: 'X1',
    });
    await settled(order);
    await shop.pass(`${defaultPolicy.deadlines.untrackedDays + 1} days`);
    expect(await result(order)).toBe('closed');
  });
});

describe('people', () => {
  it('holds an order until it is released, also after it has its label', async () => {
    const order = await shop.start('hold', {});
    await labelled(order);
    await act(order, 'hold');
    await shows(order, 'held');
    expect(await refusalOf(order, 'ship', { fulfillmentId: 'BER-1' })).toMatchObject({
      message: 'The order is on hold: release it first',
      possible: ['cancel', 'release', 'change-address', 'edit-lines', 'refund', 'reroute'],
    });
    expect((await refusalOf(order, 'hold')).message).toBe('The order is on hold already');
    await act(order, 'release');
    await act(order, 'ship', { fulfillmentId: 'BER-1' });
    await scan(order, 'BER-1', 'delivered');
    expect(await result(order)).toBe('closed');
    await replays(order);
  });

  it('buys no label on a retry while the order is on hold', async () => {
    const order = await shop.start('hold-retry', {});
    order.turns.set('quote', [{ refuse: 'no' }]);
    await parked(order);
    await settled(order);
    await act(order, 'hold');
    await act(order, 'retry');
    await until('the answer to be booked', () => openAttentions(order).length === 0);
    await settled(order);
    expect(timesOf(order, 'buyLabel')).toBe(0);
    await act(order, 'release');
    expect(await deliverAll(order)).toBe('closed');
  });

  it('says no to what is not possible, and what is', async () => {
    const order = await shop.start('impossible', {});
    await labelled(order);
    const possible = ['cancel', 'hold', 'change-address', 'edit-lines', 'refund', 'reroute'];
    const nothing = 'Nothing of the order is parked, so there is nothing to retry';
    expect(await refusalOf(order, 'retry')).toEqual({ message: nothing, possible });
    expect((await refusalOf(order, 'approve')).message).toBe('The review does not hold the order');
    expect((await refusalOf(order, 'release')).message).toBe('Nobody put the order on hold');
    expect((await refusalOf(order, 'ship', { fulfillmentId: 'else' })).message).toBe(
      'The order has no live fulfillment else',
    );
    await scan(order, 'BER-1', 'shipped');
    await until('the hand-over', () => order.stages.get('BER-1') === 'shipped');
    await settled(order);
    const late = 'A parcel has left: to cancel is too late, intercept it or take it back';
    expect(await refusalOf(order, 'cancel')).toEqual({ message: late, possible: ['refund'] });
    await scan(order, 'BER-1', 'delivered');
    expect(await result(order)).toBe('closed');
    expect(order.notes).toEqual([]);
  });

  it('must name one of several that are parked', async () => {
    const order = await shop.start('several', {
      warehouses: ['BER', 'PAR'],
      always: new Map([['buyLabel', 'fail']]),
    });
    await parked(order, 2);
    await settled(order);
    expect((await refusalOf(order, 'retry')).message).toMatch(/^Several steps are parked; name one/);
    expect((await refusalOf(order, 'retry', { attentionId: 'x' })).message).toBe('No attention x is open');
    order.always.delete('buyLabel');
    for (const { attentionId } of openAttentions(order)) await act(order, 'retry', { attentionId });
    expect(await deliverAll(order)).toBe('closed');
    await replays(order);
  });

  it('stops a backoff at once', async () => {
    const policy: FakeOrder['policy'] = {
      deadlines: defaultPolicy.deadlines,
      retries: { attempts: 9, firstSeconds: 3600, lastSeconds: 3600 },
      reserve: 'on_payment',
      capture: 'never',
    };
    const orders = await Promise.all(
      (['quote', 'buyLabel', 'announce'] as const).map((step) =>
        shop.start(`backoff-${step}`, { policy, always: new Map([[step, 'fail']]) }),
      ),
    );
    for (const [index, step] of (['quote', 'buyLabel', 'announce'] as const).entries()) {
      const order = orders[index]!;
      await until(`${step} to fail`, () => timesOf(order, step) === 1);
      await act(order, 'cancel');
      expect(await result(order)).toBe('cancelled');
      expect(timesOf(order, step)).toBe(1);
      await replays(order);
    }
  });
});

describe('parcels', () => {
  it('go side by side: one is parked, the other goes on', async () => {
    const order = await shop.start('split', { warehouses: ['BER', 'PAR'] });
    tell(order, 'announce', { refuse: 'no' });
    await parked(order);
    const [first] = openAttentions(order);
    const other = first!.fulfillmentId === 'BER-1' ? 'PAR-1' : 'BER-1';
    await until('the other to be announced', () => order.announced.has(other));
    await settled(order);
    await scan(order, other, 'delivered');
    await until('the other to arrive', () => order.stages.get(other) === 'delivered');
    expect(openAttentions(order)).toHaveLength(1);
    await settled(order);
    await act(order, 'retry');
    expect(await deliverAll(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ fulfillments: ['delivered', 'delivered'], announced: 2 });
    await replays(order, 'split');
  });

  it('that left are followed when a cancel comes too late for them', async () => {
    const order = await shop.start('left', { warehouses: ['BER', 'PAR'], left: new Set(['PAR']) });
    await labelled(order);
    await act(order, 'cancel');
    await until('the note', () => order.notes.some(({ what }) => what === 'too_late'));
    // What left stays announced and keeps its stock; nothing is given back.
    expect(effectsOf(order)).toMatchObject({ fulfillments: ['cancelled', 'labelled'], announced: 1 });
    await settled(order);
    await scan(order, 'PAR-1', 'delivered');
    expect(await result(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ stage: 'closed', cancelledInStore: false, refunded: false });
    await replays(order, 'left');
  });

  it('that left can be called back by a second cancel', async () => {
    const order = await shop.start('left-again', { left: new Set(['BER']) });
    await cancelTooLate(order);
    order.left.clear();
    await act(order, 'cancel');
    expect(await result(order)).toBe('cancelled');
    expect(effectsOf(order)).toMatchObject({ labels: ['voided'], announced: 0, refunded: true });
    await replays(order);
  });
});

describe('the shop', () => {
  it('changes the order: what was done is undone in reverse, and begun anew', async () => {
    const order = await shop.start('redo', {});
    await labelled(order);
    write(order, { address: 'second' });
    await mail(shop.client, order);
    await until('the second label', () => order.announced.has('BER-2'));
    expect(stepsOf(order).slice(9)).toEqual([
      ...['capture', 'bury', 'voidLabel', 'withdraw', 'release'],
      ...['review', 'reserve', 'allocate', 'listCarriers', 'quote', 'chooseService', 'buyLabel', 'announce'],
    ]);
    expect(await deliverAll(order)).toBe('closed');
    expect(effectsOf(order)).toEqual({
      stage: 'closed',
      generation: 2,
      reserved: [],
      labels: ['voided', 'bought'],
      fulfillments: ['cancelled', 'delivered'],
      announced: 1,
      cancelledInStore: false,
      refunded: false,
    });
    await replays(order, 'redo');
  });

  it('undoes all that a lost task had begun anew, which it does not know of', async () => {
    const order = await shop.start('lost-redo', {});
    await labelled(order);
    // As the task left the books before it died: the first generation undone, the second begun.
    order.row.generation = 2;
    order.stages.set('BER-1', 'cancelled');
    order.reserved.delete(1);
    order.reserved.add(2);
    await shop.client.workflow
      .getHandle(order.handle.workflowId)
      .executeUpdate('cancel', { args: [{ actor: 'ops', reason: 'no more' }] });
    expect(await result(order)).toBe('cancelled');
    expect(stepsOf(order).filter((name) => name === 'release')).toHaveLength(2);
    expect(effectsOf(order)).toMatchObject({ stage: 'cancelled', reserved: [] });
    await replays(order);
  });

  it('is told of a change whose Update was lost after it was applied', async () => {
    const order = await shop.start('lost-change', {});
    await labelled(order);
    order.changes.set('c1', { kind: 'lines', state: 'accepted', toShip: 1 });
    write(order, { toShip: 1 });
    await mail(shop.client, order);
    await until('it to be told and paid', () => order.changes.get('c1')!.state === 'done');
    expect(order.changes.get('c1')).toMatchObject({ told: true, paid: true });
    expect(await deliverAll(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ generation: 2, labels: ['voided', 'bought'] });
    await replays(order);
  });

  it('changes it when it has left: nothing is undone, but it is noted', async () => {
    const order = await shop.start('late-change', {});
    await labelled(order);
    await scan(order, 'BER-1', 'shipped');
    await until('the hand-over', () => order.stages.get('BER-1') === 'shipped');
    await settled(order);
    write(order, { address: 'second' });
    await mail(shop.client, order);
    await until('the note', () => order.notes.some(({ what }) => what === 'too_late'));
    await settled(order);
    await scan(order, 'BER-1', 'delivered');
    expect(await result(order)).toBe('closed');
    expect(effectsOf(order).generation).toBe(1);
  });

  it('cancels it: all is undone, but the shop has given the money back itself', async () => {
    const order = await shop.start('shop-cancel', {});
    await labelled(order);
    write(order, { cancelledInShop: true });
    await mail(shop.client, order);
    expect(await result(order)).toBe('cancelled');
    expect(stepsOf(order).slice(9)).toEqual([
      ...['capture', 'bury', 'voidLabel', 'withdraw', 'release', 'reconcile', 'end', 'capture'],
    ]);
    expect(effectsOf(order)).toMatchObject({ labels: ['voided'], refunded: false, cancelledInStore: false });
    expect(order.endings).toEqual([{ stage: 'cancelled', actor: 'store', detail: 'cancelled in the shop' }]);
    await replays(order, 'shop-cancel');
  });

  it.each([
    ['retry', []],
    ['skip', ['money_unread']],
  ] as const)('cancels it, and waits for what it gave back or a person’s word: %s', async (answer, notes) => {
    const order = await shop.start(`shop-cancel-${answer}`, {});
    await labelled(order);
    for (const _ of [1, 2]) tell(order, 'reconcile', { refuse: 'shopify_refused' });
    write(order, { cancelledInShop: true });
    await mail(shop.client, order);
    await parked(order);
    expect(openAttentions(order)).toMatchObject([
      { step: 'reconcile', reason: 'shopify_refused', actions: ['retry', 'skip'] },
    ]);
    await settled(order);
    expect(order.row.ended).toBe(false);
    await act(order, answer);
    expect(await result(order)).toBe('cancelled');
    expect(order.notes.map(({ what }) => what).filter((what) => what === 'money_unread')).toEqual(notes);
    await replays(order);
  });

  it('cancels it while a change is still to be told: it does not end before that', async () => {
    const order = await shop.start('shop-cancel-change', {
      changes: new Map([['c-1', { kind: 'address', state: 'accepted' }]]),
      turns: new Map([['tellChange', [{ refuse: 'shopify_refused' }]]]),
    });
    await parked(order);
    await labelled(order);
    write(order, { cancelledInShop: true });
    await mail(shop.client, order);
    await until('the stock to be free', () => timesOf(order, 'release') === 1);
    await settled(order);
    expect([order.row.ended, timesOf(order, 'reconcile')]).toEqual([false, 0]);
    await act(order, 'retry');
    expect(await result(order)).toBe('cancelled');
    expect(order.changes.get('c-1')).toMatchObject({ state: 'done', told: true });
    await replays(order);
  });

  it('cancels it while a change is being undone: it ends cancelled', async () => {
    const order = await shop.start('redo-cancel', {});
    await labelled(order);
    tell(order, 'voidLabel', 'hang');
    write(order, { address: 'second' });
    await mail(shop.client, order);
    await hangs(order, 'voidLabel');
    write(order, { cancelledInShop: true });
    await mail(shop.client, order);
    await until('it to be read', () => timesOf(order, 'capture') === 3);
    letGo(order, 'voidLabel');
    expect(await result(order)).toBe('cancelled');
    expect(timesOf(order, 'review')).toBe(1);
  });

  it('leaves nothing to ship: it is reconciled and closed', async () => {
    const order = await shop.start('nothing', {
      versions: [{ address: 'first', toShip: 0, cancelledInShop: false, paymentState: 'paid' }],
    });
    expect(await result(order)).toBe('closed');
    expect(stepsOf(order)).toEqual(['capture', 'reconcile', 'end', 'capture']);
  });

  it('tells of a refund before the order: it waits, and a cancel in Temporal waits with it', async () => {
    const [order, cancelled] = await Promise.all(
      ['early-refund', 'early-cancel'].map((name) => shop.start(name, { versions: [] })),
    );
    for (const one of [order!, cancelled!]) {
      await until('the refund to be read', () => timesOf(one, 'capture') === 1);
      await settled(one);
    }
    expect((await refusalOf(order!, 'cancel')).message).toBe('The order has no content yet');
    await cancelled!.handle.cancel();
    for (const one of [order!, cancelled!]) {
      await settled(one);
      one.versions.push({ address: 'first', toShip: 1, cancelledInShop: false, paymentState: 'paid' });
      await mail(shop.client, one);
    }
    expect(await deliverAll(order!)).toBe('closed');
    expect(await result(cancelled!)).toBe('cancelled');
    expect(timesOf(cancelled!, 'review')).toBe(0);
  });

  it('cannot be asked which of two is newer: what it said last must do', async () => {
    const order = await shop.start('tie', { tie: true, always: new Map([['fetchOrder', 'fail']]) });
    // The first answer is not there yet, so the default's seconds between the tries pass.
    await until('the shop to be asked', () => timesOf(order, 'fetchOrder') >= 1);
    await shop.pass('1 minutes');
    expect(await deliverAll(order)).toBe('closed');
    expect(order.calls.filter(({ step }) => step === 'capture')[1]!.input).toMatchObject({
      settleTies: true,
    });
  });
});

describe('the end', () => {
  it('does not come before the money adds up', async () => {
    const order = await shop.start('money', {
      money: {
        matched: false,
        code: 'underpaid',
        difference: { minor: -5, currency: 'EUR' },
        sentence: '0.05 EUR is missing',
      },
    });
    await labelled(order);
    await scan(order, 'BER-1', 'delivered');
    await parked(order);
    expect(openAttentions(order)).toMatchObject([
      {
        step: 'reconcile',
        reason: 'money_differs',
        sentence: '0.05 EUR is missing',
        actions: ['retry', 'skip'],
      },
    ]);
    await settled(order);
    order.money = { matched: true };
    await act(order, 'retry');
    expect(await result(order)).toBe('closed');
    await replays(order);
  });

  it('lets an order be cancelled of which nothing is to ship while its money does not add up', async () => {
    const order = await shop.start('nothing-cancel', {
      versions: [{ address: 'first', toShip: 0, cancelledInShop: false, paymentState: 'paid' }],
      money: {
        matched: false,
        code: 'underpaid',
        difference: { minor: -5, currency: 'EUR' },
        sentence: 'short',
      },
    });
    await parked(order);
    await settled(order);
    await act(order, 'cancel');
    expect(await result(order)).toBe('cancelled');
    expect(effectsOf(order)).toMatchObject({ cancelledInStore: true, refunded: true });
  });

  it('reads the mail that comes while it closes', async () => {
    const order = await shop.start('closing', {});
    tell(order, 'end', 'hang');
    await labelled(order);
    await scan(order, 'BER-1', 'delivered');
    await hangs(order, 'end');
    await mail(shop.client, order);
    letGo(order, 'end');
    expect(await result(order)).toBe('closed');
    expect(timesOf(order, 'capture')).toBeGreaterThanOrEqual(2);
  });

  it('leaves to a person what the shop cannot give back', async () => {
    const order = await shop.start('by-hand', { byHand: ['12.00 EUR by bank'] });
    await labelled(order);
    await act(order, 'cancel');
    expect(await result(order)).toBe('cancelled');
    expect(order.notes).toContainEqual(
      expect.objectContaining({ what: 'refund_due', detail: 'To be given back by hand: 12.00 EUR by bank' }),
    );
  });

  it('is for good: a run on an ended row only reads its mail', async () => {
    const order = await shop.start('ended', {
      row: { stage: 'closed', generation: 1, ended: true, held: false },
    });
    expect(await result(order)).toBe('closed');
    expect(stepsOf(order)).toEqual(['capture', 'capture']);
  });

  it('is followed by aftercare, which reads and refuses', async () => {
    const order = await shop.start('after', {
      row: { stage: 'closed', generation: 1, ended: true, held: false },
    });
    await result(order);
    const handle = await shop.client.workflow.signalWithStart('aftercare', {
      taskQueue: orderQueue,
      workflowId: aftercareWorkflowId(order.workflowId),
      args: [order.input],
      signal: mailSignal,
    });
    await handle.result();
    expect(stepsOf(order)).toEqual(['capture', 'capture', 'capture', 'lookAfter']);
    await replays({ ...order, handle: shop.client.workflow.getHandle(handle.workflowId) }, 'aftercare');
  });

  it('undoes what an earlier run had begun to undo, before anything else', async () => {
    const order = await shop.start('broken-off', { buried: new Map([[1, 'redo']]) });
    expect(await deliverAll(order)).toBe('closed');
    expect(stepsOf(order).slice(0, 4)).toEqual(['capture', 'bury', 'release', 'review']);
    expect(effectsOf(order).generation).toBe(2);
  });

  it('ends a cancel that an earlier run had begun, and ships nothing', async () => {
    const order = await shop.start('cancel-broken-off', { buried: new Map([[1, 'cancel']]) });
    expect(await result(order)).toBe('cancelled');
    const steps = ['capture', 'bury', 'release', 'cancelInStore', 'refundAll', 'end', 'capture'];
    expect(stepsOf(order)).toEqual(steps);
  });
});

/** What an earlier run left behind: one fulfillment of the first generation, as far as it says. */
function leftBehind(stage: 'labelled' | 'shipped'): Partial<FakeOrder> {
  const fulfillment = {
    ...{ id: 'BER-1', position: 0, warehouse: 'BER', units: 1, parcels: ['BER-1-parcel'] },
    ...{ stage: 'allocated' as const, carrier: 'ups', notBefore: null, tracked: true },
  };
  return {
    allocated: new Map([[1, [fulfillment]]]),
    stages: new Map([['BER-1', stage]]),
    purchases: new Map([['BER-1-purchase', { fulfillmentId: 'BER-1', state: 'bought' as const }]]),
    reserved: new Set([1]),
  };
}

describe('a run that takes an order up', () => {
  it('follows what left under an earlier generation to its end, though nothing else is to be shipped', async () => {
    const order = await shop.start('taken-up-left', {
      ...leftBehind('shipped'),
      row: { stage: 'reserved', generation: 2, ended: false, held: false },
      versions: [{ address: 'first', toShip: 0, cancelledInShop: false, paymentState: 'paid' }],
    });
    await until('it to tell of its parcel', () => order.announced.has('BER-1'));
    await settled(order);
    expect(order.row.ended).toBe(false);
    await scan(order, 'BER-1', 'delivered');
    expect(await result(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ fulfillments: ['delivered'], generation: 2 });
    await replays(order);
  });

  it('of a cancel that came too late follows the parcel, and gives no money back', async () => {
    const order = await shop.start('taken-up-too-late', {
      ...leftBehind('labelled'),
      buried: new Map([[1, 'cancel']]),
      left: new Set(['BER']),
    });
    await until('the note', () => order.notes.some(({ what }) => what === 'too_late'));
    await settled(order);
    await scan(order, 'BER-1', 'delivered');
    expect(await result(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({
      ...{ fulfillments: ['delivered'], labels: ['bought'], cancelledInStore: false, refunded: false },
    });
    await replays(order);
  });

  it('does not cancel what was cancelled in the shop after it had left', async () => {
    const order = await shop.start('taken-up-shop-cancel', {
      ...leftBehind('shipped'),
      versions: [{ address: 'first', toShip: 2, cancelledInShop: true, paymentState: 'paid' }],
    });
    await until('it to tell of its parcel', () => order.announced.has('BER-1'));
    await settled(order);
    await scan(order, 'BER-1', 'delivered');
    expect(await result(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ fulfillments: ['delivered'], labels: ['bought'] });
    await replays(order);
  });

  it.each<[string, { address: string; toShip: number }, string[], number]>([
    ['nothing of it is wanted any more', { address: 'first', toShip: 0 }, ['cancelled'], 2],
    ['it goes elsewhere', { address: 'second', toShip: 2 }, ['cancelled', 'delivered'], 2],
    ['it is as it was', { address: 'first', toShip: 2 }, ['delivered'], 1],
  ])('undoes what was begun by other content: %s', async (name, now, fulfillments, generation) => {
    const first = { address: 'first', toShip: 2, cancelledInShop: false, paymentState: 'paid' };
    const order = await shop.start(`taken-up-changed-${now.address}-${now.toShip}`, {
      ...leftBehind('labelled'),
      versions: [first, { ...first, ...now }],
      begunBy: new Map([[1, 1]]),
    });
    expect(now.toShip > 0 ? await deliverAll(order) : await result(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ fulfillments, generation, reserved: [] });
    await replays(order);
  });

  it('knows of scans that came while nobody knew of the parcel', async () => {
    const order = await shop.start('taken-up-scanned', {
      ...leftBehind('labelled'),
      scanned: new Map([['BER-1', 'delivered']]),
    });
    expect(await result(order)).toBe('closed');
    expect(effectsOf(order)).toMatchObject({ fulfillments: ['delivered'], reserved: [] });
    await replays(order);
  });
});

describe('a parcel that left and lost its stock', () => {
  it('is put before a person, and goes on when the stock is there again', async () => {
    const order = await shop.start('left-short', { left: new Set(['BER']) });
    await cancelTooLate(order);
    await order.handle.signal(stockSignal, { generation: 1, short: ['BER-1'] });
    await parked(order);
    expect(openAttentions(order)).toMatchObject([{ step: 'stock', reason: 'stock_gone' }]);
    await settled(order);
    expect((await refusalOf(order, 'reroute', { fulfillmentId: 'BER-1' })).message).toBe(
      'No fulfillment of the order can go elsewhere (any more)',
    );
    await scan(order, 'BER-1', 'delivered');
    order.stockBack = true;
    await act(order, 'retry');
    expect(await result(order)).toBe('closed');
    await replays(order);
  });
});
