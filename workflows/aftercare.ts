import type { OrderInput } from './contracts.ts';
import { readMail } from './mail.ts';
import { allAnswered, listen } from './messages.ts';
import { createRun } from './run.ts';

/** What the store says of an order after its end: its refunds and its newest content are kept. */
export async function aftercare(input: OrderInput): Promise<void> {
  const run = createRun(input);
  run.ended = true;
  listen(run);
  do await readMail(run);
  while (run.mail > 0);
  await allAnswered();
}
