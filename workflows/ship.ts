import { condition, patched } from '@temporalio/workflow';
import type { CarrierChoice } from '../activities/quotes.ts';
import { database, party, readFailure } from './calls.ts';
import { type Followed, isShipped, type Run } from './run.ts';
import { parkable, tellDetails, tellSearch, waitFor } from './standing.ts';
import { together } from './together.ts';
import { unheld } from './review.ts';

/** What one warehouse ships of an order: rate, label, tell the store, follow it to the customer's door. */
export async function ship(run: Run, fulfillment: Followed): Promise<void> {
  const place = {
    step: 'label',
    fulfillmentId: fulfillment.id,
    what: `get a label for the parcel from ${fulfillment.warehouse}`,
  };
  if (fulfillment.stage === 'allocated') {
    await released(run, fulfillment);
    await parkable(run, place, async (round) => {
      await unheld(run);
      await label(run, fulfillment, round);
    });
    fulfillment.stage = 'labelled';
    if (run.fulfillments.every((one) => one.stage !== 'allocated')) run.stage = 'labelled';
    tellDetails(run);
    if (run.stage === 'labelled') tellSearch(run);
  }
  const tell = fulfillment.announced ? [] : [announce(run, fulfillment)];
  await together([...tell, follow(run, fulfillment), keepStock(run, fulfillment)]);
}

/** What is sold ahead of its day waits for it. */
async function released(run: Run, { notBefore, warehouse }: Followed): Promise<void> {
  const hours = notBefore === null ? 0 : (Date.parse(notBefore) - Date.now()) / 3_600_000;
  if (hours <= 0) return;
  const text = `Leaves ${warehouse} on ${notBefore!.slice(0, 10)} at the earliest: it is sold ahead of that day`;
  await waitFor(run, { condition: 'awaiting_stock', text, hours, overdue: 'give-up' }, () => false);
}

/** A fulfillment with its label that loses stock waits for a person: it gets the stock again, or goes elsewhere. */
async function keepStock(run: Run, fulfillment: Followed): Promise<void> {
  const { orderId } = run.input;
  const { generation } = run;
  const place = {
    step: 'stock',
    fulfillmentId: fulfillment.id,
    what: `ship from ${fulfillment.warehouse}`,
    also: ['reroute'],
  };
  for (;;) {
    await condition(() => isShipped(fulfillment) || run.short.has(fulfillment.id));
    if (isShipped(fulfillment)) return;
    await parkable(run, place, () =>
      database(
        'reclaim',
        { orderId, generation, fulfillmentId: fulfillment.id },
        `See whether ${fulfillment.warehouse} has the stock again`,
      ),
    );
    run.short.delete(fulfillment.id);
  }
}

/** What an earlier way shipped, or could not undo any more: the store is told once it has certainly left. */
export async function followOn(run: Run, fulfillment: Followed): Promise<void> {
  const tellLate = async () => {
    await condition(() => isShipped(fulfillment));
    if (!fulfillment.announced) await announce(run, fulfillment);
  };
  const stock = patched('stock-of-what-left') ? [keepStock(run, fulfillment)] : [];
  await together([tellLate(), follow(run, fulfillment), ...stock]);
}

async function label(run: Run, fulfillment: Followed, round: number): Promise<void> {
  const { orderId } = run.input;
  const { generation } = run;
  const where = { orderId, generation, fulfillmentId: fulfillment.id };
  const carriers = await database('listCarriers', { orderId }, 'List the carriers');
  await quoteAll(run, fulfillment, carriers);
  const rate = await database(
    'chooseService',
    { ...where, carriers, round },
    `Choose a rate for the parcel from ${fulfillment.warehouse}`,
  );
  fulfillment.carrier = rate.carrier;
  fulfillment.tracked = rate.tracked;
  await together(
    rate.purchases.map((purchaseId) =>
      party(
        rate.carrier,
        'buyLabel',
        { ...where, purchaseId },
        `Buy a ${rate.carrier} ${rate.service} label`,
        run.order!.policy.retries,
      ),
    ),
  );
}

/**
 * All are asked at once. A carrier that is down is left out as long as another offers something; where none does, it
 * is waited for after all, and what it says is the reason, not that the others do not go there.
 */
async function quoteAll(run: Run, fulfillment: Followed, carriers: CarrierChoice[]): Promise<void> {
  const { orderId } = run.input;
  const { retries } = run.order!.policy;
  const ask = ({ carrier, accountId }: CarrierChoice, attempts: number) => {
    const input = { orderId, fulfillmentId: fulfillment.id, accountId };
    return party(carrier, 'quote', input, `Ask ${carrier} for rates`, { ...retries, attempts });
  };
  const quick = carriers.length > 1 ? Math.min(2, retries.attempts) : retries.attempts;
  const asked = await Promise.allSettled(carriers.map((choice) => ask(choice, quick)));
  if (asked.some((one) => one.status === 'fulfilled' && one.value.quotes > 0)) return;
  const failed = carriers.flatMap((choice, index) => {
    const answer = asked[index]!;
    return answer.status === 'rejected' ? [{ choice, reason: answer.reason as unknown }] : [];
  });
  if (carriers.length === 1 && failed.length > 0) throw failed[0]!.reason;
  const [refusal] = failed.filter(({ reason }) => readFailure(reason).refused);
  const down = failed.filter(({ reason }) => !readFailure(reason).refused);
  const late = await together(down.map(({ choice }) => ask(choice, retries.attempts)));
  if (refusal && late.every(({ quotes }) => quotes === 0)) throw refusal.reason;
}

async function announce(run: Run, fulfillment: Followed): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  if (platform === 'api') return;
  const { generation } = run;
  await parkable(
    run,
    { step: 'announce', fulfillmentId: fulfillment.id, what: 'tell the store of the shipment' },
    () =>
      inTurn(run, () =>
        party(
          platform,
          'announce',
          { orderId, storeId, externalId, generation, fulfillmentId: fulfillment.id },
          'Tell the store, with tracking',
          run.order!.policy.retries,
          'wait',
        ),
      ),
    () => undefined,
  );
  fulfillment.announced = true;
}

/** One at a time per order: a shop that can't compare before it writes would lose one of two. */
async function inTurn<T>(run: Run, call: () => Promise<T>): Promise<T> {
  const mine = run.announcing.then(call, call);
  run.announcing = mine.catch(() => undefined);
  return mine;
}

/** The hand-over and the delivery, by the carrier's scans or a person's word. */
async function follow(run: Run, fulfillment: Followed): Promise<void> {
  if (!isShipped(fulfillment)) await handedOver(run, fulfillment);
  // It may have been interrupted, or not come to that, before.
  else if (takesPayment(run) && patched('payment-taken-later')) await takePayment(run);
  if (fulfillment.stage !== 'delivered') await delivered(run, fulfillment);
}

async function handedOver(run: Run, fulfillment: Followed): Promise<void> {
  const { orderId } = run.input;
  await condition(() => fulfillment.reached !== 'labelled' && !run.short.has(fulfillment.id));
  const said = fulfillment.handOver ?? { actor: 'carrier', reason: 'First scan of the carrier' };
  const input = { orderId, fulfillmentId: fulfillment.id, ...said };
  const place = { step: 'hand-over', fulfillmentId: fulfillment.id, what: 'book the hand-over' };
  await parkable(run, place, () => database('handOver', input, 'Book the hand-over', 'wait'));
  fulfillment.stage = 'shipped';
  if (run.fulfillments.every(isShipped)) run.stage = 'shipped';
  tellDetails(run);
  await takePayment(run);
}

const takesPayment = (run: Run) => run.order!.policy.capture === 'on_shipment';

/** What was only authorized is taken when the first parcel leaves, where the store wants it. */
async function takePayment(run: Run): Promise<void> {
  const { orderId } = run.input;
  if (!takesPayment(run)) return;
  const place = { step: 'capture-payment', fulfillmentId: null, what: 'take the payment' };
  await parkable(
    run,
    place,
    () =>
      party(
        run.order!.moneyParty,
        'capturePayment',
        { orderId },
        'Take what was authorized',
        run.order!.policy.retries,
      ),
    () => undefined,
  );
}

async function delivered(run: Run, fulfillment: Followed): Promise<void> {
  const { orderId } = run.input;
  const arrived = () => fulfillment.reached === 'delivered';
  const days = run.order!.policy.deadlines.untrackedDays;
  if (fulfillment.tracked) await condition(arrived);
  else await condition(arrived, days * 86_400_000, { summary: 'Nobody scans it: delivered after this' });
  const place = { step: 'deliver', fulfillmentId: fulfillment.id, what: 'book the delivery' };
  await parkable(run, place, () =>
    database('deliver', { orderId, fulfillmentId: fulfillment.id }, 'Delivered'),
  );
  fulfillment.stage = 'delivered';
  tellDetails(run);
}
