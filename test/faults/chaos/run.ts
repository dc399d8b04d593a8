/** One run: its orders go their ways while things fail; then all is mended, and what is left is looked at. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireOrder } from '../../../api/schemas/orders.ts';
import { apiAddress } from '../../support/commerce.ts';
import { deliverAll } from '../matrix/place.ts';
import { sell, type Sold } from '../sell.ts';
import { recipient, type Standing, wordOf, type World } from '../world.ts';
import { storyOf, wrongOf } from './check.ts';
import type { Subject } from './subject.ts';
import { type Deed, type PlannedOrder, planRun } from './plan.ts';

export interface RunResult {
  run: number;
  /** How the orders stood in the end, before anyone answered what was parked, and after. */
  stood: Record<string, number>;
  ended: Record<string, number>;
  reasons: Record<string, number>;
  wrong: { order: string; number: number; place: string; what: string }[];
  /** Of the orders of which something is wrong, by their numbers. */
  stories: Record<number, object>;
}

export async function playRun(world: World, run: number, seed: number, slow: boolean): Promise<RunResult> {
  const result: RunResult = { run, stood: {}, ended: {}, reasons: {}, wrong: [], stories: {} };
  const lives = planRun(run, seed, slow).map(async (order) =>
    live(world, order).catch((error: unknown) => {
      const { number, place } = order;
      result.wrong.push({ order: 'never captured', number, place, what: String(error) });
      return null;
    }),
  );
  const subjects = (await Promise.all(lives)).filter((subject) => subject !== null);
  const all = await world.system.sandbox.faults();
  for (const subject of subjects) {
    const own = new Set(subject.faults.map(({ id }) => id));
    subject.faults = all.filter(({ id }) => own.has(id));
    for (const id of own) await world.system.sandbox.clearFaults(id);
  }
  await Promise.all(subjects.map((subject) => settle(world, subject, result)));
  for (const subject of subjects) {
    const { number } = subject.plan;
    if (result.wrong.some((one) => one.number === number))
      result.stories[number] = await storyOf(world, subject).catch((error: unknown) => ({
        error: String(error),
      }));
  }
  return result;
}

/** The order is placed, and what is planned happens to it. */
async function live(world: World, plan: PlannedOrder): Promise<Subject> {
  const { sandbox } = world.system;
  const sold = await sell(world, plan.place, plan.number, {
    lines: [plan.quantity],
    authorized: plan.number % 2 === 0,
    held: plan.held,
  });
  const about = (operation: string) => {
    if (operation === 'ups.rate') return sold.street;
    return operation.startsWith('ups.') ? sold.name : sold.about;
  };
  const faults = [];
  for (const fault of plan.faults)
    faults.push(await sandbox.fault({ ...fault, about: about(fault.operation) }));
  await sold.begin();
  const subject: Subject = { plan, sold, faults, done: [] };
  await world.once(sold.orderId, 'captured', () => true, 300);
  let now = 0;
  for (const { deed, at } of plan.deeds) {
    await sleep(at - now);
    now = at;
    // Refused where the order is elsewhere by then: that is an answer too.
    const accepted = await perform(world, subject, deed).then(
      () => true,
      () => false,
    );
    if (accepted) subject.done.push(deed);
  }
  // Mended only when what fails has been run into.
  await world.once(sold.orderId, 'labelled or stopped', isQuiet(sold), 60).catch(() => undefined);
  return subject;
}

const isQuiet =
  (sold: Sold) =>
  ({ stage, attention, conditions, fulfillments }: Standing) =>
    attention.length > 0 ||
    conditions.includes('held') ||
    ['closed', 'cancelled', 'delivered'].includes(stage) ||
    (fulfillments.length > 0 &&
      fulfillments.every((one) => (sold.told ? one.told : one.stage !== 'allocated')));

async function perform(world: World, { plan, sold }: Subject, deed: Deed): Promise<void> {
  const { orderId } = sold;
  if (deed === 'cancel in shop') return void (await sold.cancelThere());
  if (deed === 'hold in shop') return void (await sold.holdThere(true));
  if (deed === 'deliver') return deliverAll(world, orderId);
  if (deed === 'change-address') {
    const address = { ...apiAddress(recipient(plan.number)), line1: `Neue Gasse ${wordOf(plan.number)}` };
    return void (await world.act(orderId, 'change-address', { address }));
  }
  if (deed === 'edit-lines') {
    const { lines } = await world.system.api.get<WireOrder>(`/v1/orders/${orderId}`);
    const change = { externalId: lines[0]!.externalId, quantity: plan.quantity - 1 };
    return void (await world.act(orderId, 'edit-lines', { lines: [change] }));
  }
  if (deed === 'refund')
    return void (await world.act(orderId, 'refund', { amount: { amount: '0.50', currency: 'EUR' } }));
  await world.act(orderId, deed);
}

/** Waits until nothing moves; then a person answers what is parked, as often as it helps. */
async function settle(world: World, subject: Subject, result: RunResult): Promise<void> {
  const { sold, plan } = subject;
  const tell = (what: string) =>
    result.wrong.push({ order: sold.orderId, number: plan.number, place: plan.place, what });
  try {
    await release(world, subject);
    const answered = new Set<string>();
    const steps = new Set<string>();
    for (let round = 0; ; round++) {
      const order = await still(world, sold.orderId, answered);
      count(round === 0 ? result.stood : {}, nameOf(order));
      const open = order.attention;
      for (const { reason } of round === 0 ? open : []) count(result.reasons, reason);
      for (const what of await wrongOf(world, subject, order, steps)) tell(`round ${round}: ${what}`);
      if (open.length === 0 || round === 5) {
        count(result.ended, nameOf(order));
        if (open.length > 0 && !open.every(({ reason }) => lasting.has(reason)))
          tell(`stays parked: ${JSON.stringify(open)}`);
        return;
      }
      for (const { id } of open) await answer(world, sold.orderId, id);
      for (const { id, step } of open) {
        answered.add(id);
        steps.add(step);
      }
    }
  } catch (error) {
    tell(String(error));
  }
}

/** In the shop. What could not be asked about was recorded as fulfilled, and is taken up now. */
async function release(world: World, { sold, plan, done }: Subject): Promise<void> {
  if (!plan.held && !done.includes('hold in shop')) return;
  await sold.holdThere(false);
  const taken = ({ disposition }: Standing) => disposition === 'fulfill';
  if (!done.includes('cancel in shop')) await world.once(sold.orderId, 'taken up', taken, 120);
  // What was recorded, and is cancelled there, is at its end already: its books are once its mail is read.
  const unread = () => world.sql(unreadMail, [sold.orderId]);
  await world.system.until(
    'its mail is read',
    async () => ((await unread()).length === 0 ? true : null),
    120,
  );
}

const unreadMail = `
  select 1 from inbox i join orders o on i.source = 'store/' || o.store_id and i.order_external_id = o.external_id
  where o.id = $1 and i.state in ('received', 'delivered')`;

/**
 * As often as it takes: an answer may be lost with a process, and one that is early is refused, where the task that asked
 * was lost and is yet to be repeated.
 */
async function answer(world: World, orderId: string, attentionId: string): Promise<void> {
  for (let patience = 60; patience > 0; patience--) {
    const heard = await world.act(orderId, 'retry', { attentionId }).then(
      () => true,
      () => false,
    );
    if (heard) return;
    await sleep(2_000);
    const { attention } = await world.once(orderId, 'there', () => true, 120);
    if (!attention.some(({ id }) => id === attentionId)) return;
  }
}

/** What a person must settle outside; asking again does not change it. */
const lasting = new Set([
  ...['money_differs', 'late_cancel', 'late_change', 'label_not_voided'],
  ...['nothing_left_to_refund', 'review_refused'],
]);

const nameOf = ({ stage, conditions }: Standing) => [stage, ...conditions].join(', ');

const count = (counts: Record<string, number>, name: string) => (counts[name] = (counts[name] ?? 0) + 1);

/** Ended, or stopped at something that a person has to answer; on the way there, parcels are brought and holds released. */
async function still(world: World, orderId: string, answered: ReadonlySet<string>): Promise<Standing> {
  const over = ({ stage, conditions }: Standing) =>
    (stage === 'closed' || stage === 'cancelled') && conditions.length === 0;
  const stopped = ({ attention }: Standing) => attention.some(({ id }) => !answered.has(id));
  const under = ({ fulfillments, stage }: Standing) =>
    fulfillments.length > 0 && /labelled|shipped/.test(stage);
  const held = ({ conditions }: Standing) => conditions.includes('held');
  for (;;) {
    const order = await world.once(
      orderId,
      'still',
      (one) => over(one) || stopped(one) || under(one) || held(one),
      300,
    );
    if (over(order)) return order;
    if (held(order)) await world.act(orderId, 'release').catch(() => undefined);
    if (under(order)) await deliverAll(world, orderId).catch(() => undefined);
    // What is parked may be one of several things that go on: all others come to their end first.
    const later = await settled(world, order);
    if (later && stopped(later)) return later;
  }
}

/** null where it moved meanwhile. */
async function settled(world: World, before: Standing): Promise<Standing | null> {
  await sleep(1500);
  const now = await world.once(before.id, 'there', () => true, 120);
  return JSON.stringify(now) === JSON.stringify(before) ? now : null;
}
