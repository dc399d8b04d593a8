import { settleAll, takeUp } from './changes.ts';
import { record } from './calls.ts';
import type { OrderInput } from './contracts.ts';
import { readMail } from './mail.ts';
import { allAnswered, listen } from './messages.ts';
import { createRun } from './run.ts';

/**
 * What comes of an order after its end: its refunds and newest content are kept, money that a person wishes to give back
 * is given back, and what can't be done any more is put before a person.
 */
export async function aftercare(input: OrderInput): Promise<void> {
  const run = createRun(input);
  run.after = true;
  run.closing = true;
  listen(run);
  do {
    do await readMail(run);
    while (run.mail > 0);
    takeUp(run, run.order?.unsettled ?? []);
    await record('lookAfter', { orderId: input.orderId }, 'See whether a person is needed');
    await settleAll(run);
    await allAnswered();
  } while (run.mail > 0 || run.unsettled.length > 0);
}
