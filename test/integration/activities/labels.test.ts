import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createActivities } from '../../../activities/activities.ts';
import { buyLabel } from '../../../activities/labels.ts';
import { bury } from '../../../activities/lifecycle.ts';
import { listCarriers, quote } from '../../../activities/quotes.ts';
import { chooseService } from '../../../activities/shipping.ts';
import { reserve } from '../../../activities/reserve.ts';
import { allocate } from '../../../activities/stock.ts';
import { lockOrder } from '../../../db/locks.ts';
import { voidLabel } from '../../../activities/void-label.ts';
import { StepUndone } from '../../../db/steps.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createWorld, line, type World } from '../db/world.ts';
import { createFakeCarrier, type FakeCarrier, lost, rate, refused } from './fake-carrier.ts';

let world: World;
let carrier: FakeCarrier;
let other: FakeCarrier;
let orderId: string;
let fulfillmentId: string;

beforeAll(async () => {
  world = await createWorld({
    carriers: [
      { ...createFakeCarrier('fast').carrier, connect: (account) => carrier.carrier.connect(account) },
      { ...createFakeCarrier('slow').carrier, connect: (account) => other.carrier.connect(account) },
    ],
  });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  world.deps.labelSettleMs = 0;
  carrier = createFakeCarrier('fast');
  other = createFakeCarrier('slow');
  other.rates = [rate('economy', 900, 5)];
  await world.warehouse('B');
  await world.product('MUG');
  await world.product('ANVIL', { weightGrams: 20_000 });
  await world.receive('B', ['MUG', 9], ['ANVIL', 9]);
  await world.carrierAccount('fast');
  await world.carrierAccount('slow');
  await allocated([line('1', 'MUG', 2)]);
});

async function allocated(lines: ReturnType<typeof line>[], externalId = '1001'): Promise<void> {
  orderId = await world.order(await world.store(), { externalId, lines });
  await reserve(world.deps, { orderId, generation: 1 });
  const {
    fulfillments: [fulfillment],
  } = await allocate(world.deps, { orderId, generation: 1 });
  fulfillmentId = fulfillment!.id;
}

/** Quotes of all, the choice, and the purchases that it intends. */
async function chosen(round = 0) {
  const carriers = await listCarriers(world.deps, { orderId });
  for (const { accountId } of carriers) await quote(world.deps, { orderId, fulfillmentId, accountId });
  return chooseService(world.deps, { orderId, generation: 1, fulfillmentId, carriers, round });
}
const input = (purchaseId: string) => ({ orderId, generation: 1, fulfillmentId, purchaseId });
const purchases = () =>
  world.query(
    `select p.generation, p.state, p.sent_at is not null as sent, l.tracking_number as number,
            l.cost::int as cost, case when l.id is not null then l.voided_at is not null end as voided
     from label_purchase p left join label l on l.purchase_id = p.id order by p.created_at, p.generation`,
  );
const fulfillment = async () =>
  (
    await world.query(
      `select f.stage, f.carrier, f.service, f.tracking_number as number, o.stage as "order"
       from fulfillment f join orders o on o.id = f.order_id where f.id = ?`,
      [fulfillmentId],
    )
  )[0];
const intended = { generation: 1, state: 'intended', sent: false, number: null, cost: null, voided: null };
const bought = { generation: 1, state: 'bought', sent: true, number: 'fast-1', cost: 480, voided: false };

describe('choosing', () => {
  it('keeps every quote with its reason and intends the purchase with its exact request', async () => {
    carrier.rates.push(rate('express', 1500, 1), rate('snail', 500, 9));
    const decision = await chosen();
    expect(decision).toMatchObject({ carrier: 'fast', service: 'standard', tracked: true });
    expect(decision.purchases).toHaveLength(1);
    expect(
      await world.query('select carrier, service, chosen, reason from quote order by price, service desc'),
    ).toEqual([
      { carrier: 'fast', service: 'standard', chosen: true, reason: 'The cheapest; no promise to meet.' },
      { carrier: 'fast', service: 'snail', chosen: false, reason: 'Another gets there sooner.' },
      { carrier: 'slow', service: 'economy', chosen: false, reason: 'Another costs less.' },
      { carrier: 'fast', service: 'express', chosen: false, reason: 'Another costs less.' },
    ]);
    const [purchase] = await world.query(
      'select key, request, state, sent_at, order_version from label_purchase',
    );
    expect(purchase).toEqual({
      key: expect.stringMatching(/^[0-9A-F]{32}-1$/),
      request: {
        reference: purchase!.key,
        service: 'standard',
        to: expect.objectContaining({ name: 'Mina Muster', city: 'Hamburg', country: 'DE' }),
        parcel: { weightGrams: 900, dimensions: { length: 180, width: 120, height: 100 } },
      },
      state: 'intended',
      sent_at: null,
      order_version: 1,
    });
    await buyLabel(world.deps, input(decision.purchases[0]!));
    expect(carrier.requests).toEqual([purchase!.request]);
  });

  it('decides once, also when asked many times at once', async () => {
    const carriers = await listCarriers(world.deps, { orderId });
    for (const { accountId } of carriers) await quote(world.deps, { orderId, fulfillmentId, accountId });
    const ask = () =>
      chooseService(world.deps, { orderId, generation: 1, fulfillmentId, carriers, round: 0 });
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, ask));
    for (const decision of others) expect(decision).toEqual(first);
    expect(await purchases()).toEqual([intended]);
  });

  it('takes no service that its account may not buy, and none of an account that is stopped', async () => {
    carrier.rates.push(rate('express', 700, 1));
    const allow = (services: string[] | null) =>
      world.query(
        `update carrier_account set services = (select array_agg(x) from jsonb_array_elements_text(?::jsonb) x)
         where carrier = 'fast'`,
        [JSON.stringify(services ?? [])],
      );
    await allow(['express', 'unheard-of']);
    expect(await chosen()).toMatchObject({ carrier: 'fast', service: 'express' });
    await allow(['unheard-of']);
    expect(await chosen(1)).toMatchObject({ carrier: 'slow', service: 'economy' });
    await allow(null);
    expect(await chosen(2)).toMatchObject({ carrier: 'fast', service: 'standard' });
    await world.query(`update carrier_account set enabled = false where carrier = 'fast'`);
    const carriers = await listCarriers(world.deps, { orderId });
    expect(carriers.map(({ carrier: name }) => name)).toEqual(['slow']);
  });

  it('keeps to the service of a label that was bought, also where it may not be bought any more', async () => {
    await allocated([line('1', 'ANVIL', 2)], '1002');
    const { purchases: intentions } = await chosen();
    await buyLabel(world.deps, input(intentions[0]!));
    await world.query(`update carrier_account set services = '{other}' where carrier = 'fast'`);
    expect(await chosen(1)).toMatchObject({ carrier: 'fast', service: 'standard' });
  });

  it('leaves out a carrier that is down', async () => {
    carrier.fail('rates', lost);
    const carriers = await listCarriers(world.deps, { orderId });
    const answers = await Promise.allSettled(
      carriers.map(({ accountId }) => quote(world.deps, { orderId, fulfillmentId, accountId })),
    );
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    const decision = await chooseService(world.deps, {
      orderId,
      generation: 1,
      fulfillmentId,
      carriers,
      round: 0,
    });
    expect(decision).toMatchObject({ carrier: 'slow', service: 'economy' });
  });

  it('refuses where nobody offers anything, and changes nothing', async () => {
    carrier.rates = [];
    other.rates = [];
    const before = await world.contents();
    await expect(chosen()).rejects.toMatchObject({
      reason: 'no_rate',
      message: 'None of fast, slow offered a rate for this lane and parcel',
    });
    expect(await world.contents()).toEqual(before);
  });

  it('takes only a service that every parcel of the fulfillment has', async () => {
    await allocated([line('1', 'ANVIL', 2)], '1002');
    carrier.meanwhile('rates', async () => void (carrier.rates = [rate('standard', 500, 2)]));
    carrier.rates = [rate('small', 1, 1), rate('standard', 500, 2)];
    const decision = await chosen();
    expect(decision.service).toBe('standard');
    expect(decision.purchases).toHaveLength(2);
  });

  it('after a refusal makes generation 2, at the prices of the new quotes', async () => {
    const first = await chosen();
    carrier.fail('buyLabel', refused);
    await expect(buyLabel(world.deps, input(first.purchases[0]!))).rejects.toBe(refused);
    carrier.rates = [rate('standard', 600, 2)];
    const second = await chosen(1);
    expect(second).toMatchObject({ carrier: 'fast', service: 'standard' });
    expect(second.purchases).not.toEqual(first.purchases);
    expect(await purchases()).toEqual([
      { ...intended, state: 'refused' },
      { ...intended, generation: 2 },
    ]);
    expect(await world.query('select carrier, price::int as price from quote order by price')).toEqual([
      { carrier: 'fast', price: 600 },
      { carrier: 'slow', price: 900 },
    ]);
    await buyLabel(world.deps, input(second.purchases[0]!));
    expect(await fulfillment()).toMatchObject({ stage: 'labelled', number: 'fast-1' });
  });

  it('after a refusal takes another carrier once the refused service is no longer offered', async () => {
    const first = await chosen();
    carrier.fail('buyLabel', refused);
    await expect(buyLabel(world.deps, input(first.purchases[0]!))).rejects.toBe(refused);
    carrier.rates = [];
    expect(await chosen(1)).toMatchObject({ carrier: 'slow', service: 'economy' });
  });

  it('never makes a second purchase beside one that may have been sold', async () => {
    const first = await chosen();
    carrier.fail('buyLabel', lost, 'after');
    await expect(buyLabel(world.deps, input(first.purchases[0]!))).rejects.toBe(lost);
    other.rates = [rate('economy', 100, 1)];
    const second = await chosen(1);
    expect(second).toMatchObject({ carrier: 'fast', service: 'standard', purchases: first.purchases });
    expect(await buyLabel(world.deps, input(second.purchases[0]!))).toEqual({ trackingNumber: 'fast-1' });
    expect(await fulfillment()).toMatchObject({ carrier: 'fast', service: 'standard', number: 'fast-1' });
    expect([carrier.sold.length, other.sold.length]).toEqual([1, 0]);
  });
});

describe('buying', () => {
  let purchaseId: string;
  beforeEach(async () => {
    purchaseId = (await chosen()).purchases[0]!;
  });
  const buy = () => buyLabel(world.deps, input(purchaseId));

  it('keeps the label, its cost and its number, once', async () => {
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.calls).toEqual(['rates', 'buyLabel']);
    expect(await purchases()).toEqual([bought]);
    expect(await fulfillment()).toEqual({
      stage: 'labelled',
      carrier: 'fast',
      service: 'standard',
      number: 'fast-1',
      order: 'labelled',
    });
    expect(await world.query(`select detail from audit where what = 'label_bought'`)).toEqual([
      { detail: 'fast fast-1 for 4.80 EUR' },
    ]);
  });

  it('has written that it is sent before the carrier hears of it', async () => {
    let seen: unknown;
    carrier.meanwhile('buyLabel', async () => (seen = await purchases()));
    await buy();
    expect(seen).toEqual([{ ...intended, sent: true }]);
  });

  it('after a lost answer asks by reference, and records what was sold without buying', async () => {
    carrier.fail('buyLabel', lost, 'after');
    await expect(buy()).rejects.toBe(lost);
    expect(await purchases()).toEqual([{ ...intended, sent: true }]);
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.calls).toEqual(['rates', 'buyLabel', 'findLabel']);
    // It was found without its price: the quote's stands in.
    expect(await purchases()).toEqual([{ ...bought, cost: 500 }]);
  });

  it('believes a “no” only after a while, and then buys once more', async () => {
    world.deps.labelSettleMs = 60_000;
    carrier.fail('buyLabel', lost);
    await expect(buy()).rejects.toBe(lost);
    const asked = createActivities(world.deps).buyLabel(input(purchaseId));
    await expect(asked).rejects.toMatchObject({ type: 'Unavailable', nonRetryable: false });
    const { nextRetryDelay } = (await asked.catch((error: { nextRetryDelay: number }) => error)) as {
      nextRetryDelay: number;
    };
    expect(nextRetryDelay).toBeGreaterThan(30_000);
    expect(nextRetryDelay).toBeLessThanOrEqual(60_000);
    expect(carrier.sold).toEqual([]);
    world.deps.labelSettleMs = 0;
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.sold).toHaveLength(1);
  });

  it('finds a label that the look-up knew of only later', async () => {
    world.deps.labelSettleMs = 60_000;
    carrier.lookUp = 'lags';
    carrier.fail('buyLabel', lost, 'after');
    await expect(buy()).rejects.toBe(lost);
    await expect(buy()).rejects.toMatchObject({ code: 'label-not-settled', effect: 'unknown' });
    carrier.lookUp = 'works';
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.sold).toHaveLength(1);
  });

  it('parks where the carrier can’t tell, and buys nothing', async () => {
    carrier.lookUp = 'cannot-tell';
    carrier.fail('buyLabel', lost, 'after');
    await expect(buy()).rejects.toBe(lost);
    await expect(buy()).rejects.toMatchObject({ name: 'Refusal', reason: 'label_outcome_unknown' });
    expect(carrier.sold).toHaveLength(1);
    expect(await purchases()).toEqual([{ ...intended, sent: true }]);
  });

  it('needs no look-up where the carrier certainly did nothing', async () => {
    carrier.fail('buyLabel', refused);
    await expect(buy()).rejects.toBe(refused);
    expect(await purchases()).toEqual([intended]);
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.calls).toEqual(['rates', 'buyLabel', 'buyLabel']);
  });

  it('twice at once keeps one label and voids the other', async () => {
    const answers = await Promise.all([buy(), buy()]);
    expect(answers[0]).toEqual(answers[1]);
    expect(carrier.sold.filter(({ voided }) => !voided).map((label) => label.trackingNumber)).toEqual([
      answers[0]!.trackingNumber,
    ]);
    expect(await purchases()).toEqual([{ ...bought, number: answers[0]!.trackingNumber }]);
  });

  it('that can’t give a second label back tells a person, and keeps the first', async () => {
    carrier.fail('voidLabel', lost);
    const answers = await bothReachTheCarrier();
    expect(answers[0]).toEqual(answers[1]);
    const surplus = carrier.sold.find(({ trackingNumber }) => trackingNumber !== answers[0]!.trackingNumber);
    // With a subject it stays open, whatever becomes of the order, until a person resolves it.
    expect(await world.query('select reason, sentence, subject, actions from attention')).toEqual([
      {
        reason: 'label_not_voided',
        sentence: `Label ${surplus!.trackingNumber} was sold and is not used (timeout): void it in the carrier’s own account`,
        subject: `label/${surplus!.trackingNumber}`,
        actions: ['resolve'],
      },
    ]);
  });

  /** Before either has its answer. */
  async function bothReachTheCarrier() {
    let second: Promise<{ trackingNumber: string }> | undefined;
    const arrived = Promise.withResolvers<void>();
    carrier.meanwhile('buyLabel', async () => {
      await world.query('update label_purchase set sent_at = null');
      second = buy();
      await arrived.promise;
    });
    carrier.meanwhile('buyLabel', async () => arrived.resolve());
    const first = await buy();
    return [first, await second!];
  }

  it('beside an attempt that came to nothing does not forget the one that may have sold', async () => {
    // The first sells, and its answer is still under way when the second, which began beside it, is refused.
    carrier.meanwhile('buyLabel', async () => {
      const [row] = await world.query<{ sent: string }>('select sent_at::text as sent from label_purchase');
      await world.query('update label_purchase set sent_at = null');
      carrier.fail('buyLabel', refused);
      let second: Promise<unknown> = Promise.resolve();
      await inTransaction(world.orm, async (em) => {
        await lockOrder(em, orderId);
        second = buy();
        await world.lockAwaited();
        await world.query('update label_purchase set sent_at = ?::timestamptz', [row!.sent]);
      });
      await expect(second).rejects.toBe(refused);
      carrier.fail('buyLabel', lost, 'after');
    });
    await expect(buy()).rejects.toBe(lost);
    expect(await purchases()).toEqual([{ ...intended, sent: true }]);
    expect(await buy()).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.sold).toHaveLength(1);
  });

  it('after a cancel buys nothing', async () => {
    await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    await expect(buy()).rejects.toThrow(StepUndone);
    expect(carrier.sold).toEqual([]);
    expect(await purchases()).toEqual([intended]);
  });

  it('that was cancelled meanwhile keeps the label, so that its undo finds it', async () => {
    carrier.meanwhile('buyLabel', async () => {
      const { fulfillments } = await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
      expect(fulfillments).toEqual([
        { id: fulfillmentId, warehouse: 'B', announced: false, purchases: [{ purchaseId, carrier: 'fast' }] },
      ]);
    });
    await buy();
    expect(await purchases()).toEqual([bought]);
    expect(await voidLabel(world.deps, { orderId, purchaseId })).toEqual({ result: 'voided' });
    expect(await purchases()).toEqual([{ ...bought, state: 'voided', voided: true }]);
    expect(carrier.sold.map(({ voided }) => voided)).toEqual([true]);
  });

  it('whose answer comes after its undo is given back at once', async () => {
    carrier.lookUp = 'lags';
    carrier.meanwhile('buyLabel', async () => {
      await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
      expect(await voidLabel(world.deps, { orderId, purchaseId })).toEqual({ result: 'voided' });
    });
    await expect(buy()).rejects.toThrow(StepUndone);
    expect(carrier.sold.map(({ voided }) => voided)).toEqual([true]);
    expect(await purchases()).toEqual([{ ...intended, state: 'abandoned', sent: true }]);
    expect(await fulfillment()).toMatchObject({ stage: 'allocated', number: null });
  });
});

describe('voiding', () => {
  let purchaseId: string;
  beforeEach(async () => {
    purchaseId = (await chosen()).purchases[0]!;
  });
  const undo = () => voidLabel(world.deps, { orderId, purchaseId });

  it('abandons what was never sent, without asking the carrier', async () => {
    expect(await undo()).toEqual({ result: 'voided' });
    expect(await undo()).toEqual({ result: 'voided' });
    expect(carrier.calls).toEqual(['rates']);
    expect(await purchases()).toEqual([{ ...intended, state: 'abandoned' }]);
  });

  it('gives back a label once, also many times at once', async () => {
    await buyLabel(world.deps, input(purchaseId));
    expect(await Promise.all(Array.from({ length: 5 }, undo))).toEqual(
      Array.from({ length: 5 }, () => ({ result: 'voided' })),
    );
    expect(await purchases()).toEqual([{ ...bought, state: 'voided', voided: true }]);
    expect(await world.query(`select detail from audit where what = 'label_voided'`)).toEqual([
      { detail: 'Voided fast-1' },
    ]);
    expect(await world.query('select tracking_due_at from label')).toEqual([{ tracking_due_at: null }]);
  });

  it('looks for a label whose answer was lost, and gives it back', async () => {
    carrier.fail('buyLabel', lost, 'after');
    await expect(buyLabel(world.deps, input(purchaseId))).rejects.toBe(lost);
    expect(await undo()).toEqual({ result: 'voided' });
    expect(carrier.sold.map(({ voided }) => voided)).toEqual([true]);
    expect(await purchases()).toEqual([{ ...intended, state: 'voided', sent: true }]);
  });

  it('can be repeated when its own answer was lost', async () => {
    await buyLabel(world.deps, input(purchaseId));
    carrier.fail('voidLabel', lost, 'after');
    await expect(undo()).rejects.toBe(lost);
    expect(await purchases()).toEqual([bought]);
    expect(await undo()).toEqual({ result: 'voided' });
  });

  it('waits where it is not certain that nothing was sold, and parks where nobody can tell', async () => {
    world.deps.labelSettleMs = 60_000;
    carrier.fail('buyLabel', lost);
    await expect(buyLabel(world.deps, input(purchaseId))).rejects.toBe(lost);
    await expect(undo()).rejects.toMatchObject({ code: 'label-not-settled' });
    carrier.lookUp = 'cannot-tell';
    await expect(undo()).rejects.toMatchObject({ reason: 'label_outcome_unknown' });
    expect(await purchases()).toEqual([{ ...intended, sent: true }]);
    carrier.lookUp = 'works';
    world.deps.labelSettleMs = 0;
    expect(await undo()).toEqual({ result: 'voided' });
    expect(await purchases()).toEqual([{ ...intended, state: 'abandoned', sent: true }]);
  });

  it('that the carrier refuses says that the parcel has left, and changes nothing', async () => {
    await buyLabel(world.deps, input(purchaseId));
    carrier.left = true;
    const before = await world.contents();
    expect(await undo()).toEqual({ result: 'left' });
    expect(await world.contents()).toEqual(before);
  });
});

describe('several parcels', () => {
  it('are labelled when the last of them is, each paid for once', async () => {
    await allocated([line('1', 'ANVIL', 3)], '1002');
    const decision = await chosen();
    expect(decision.purchases).toHaveLength(3);
    const [first, ...others] = decision.purchases as [string, string, string];
    await buyLabel(world.deps, input(first));
    expect(await fulfillment()).toMatchObject({ stage: 'allocated', number: null, order: 'allocated' });
    await Promise.all([...others, ...others, first].map((one) => buyLabel(world.deps, input(one))));
    expect(await fulfillment()).toMatchObject({ stage: 'labelled', order: 'labelled' });
    expect(carrier.sold.filter(({ voided }) => !voided)).toHaveLength(3);
    expect(
      new Set(carrier.requests.map((request) => (request as { reference: string }).reference)).size,
    ).toBe(3);
  });

  it('keep the one that is bought when another is refused', async () => {
    await allocated([line('1', 'ANVIL', 2)], '1002');
    const first = await chosen();
    await buyLabel(world.deps, input(first.purchases[0]!));
    carrier.fail('buyLabel', refused);
    await expect(buyLabel(world.deps, input(first.purchases[1]!))).rejects.toBe(refused);
    const second = await chosen(1);
    expect(second.purchases[0]).toBe(first.purchases[0]);
    expect(second.purchases[1]).not.toBe(first.purchases[1]);
    await Promise.all(second.purchases.map((one) => buyLabel(world.deps, input(one))));
    expect(await fulfillment()).toMatchObject({ stage: 'labelled' });
    expect(carrier.sold).toHaveLength(2);
  });
});
