import type { ReserveResult } from '../activities/reserve.ts';
import { database } from './calls.ts';
import type { Run } from './run.ts';
import { parkable } from './standing.ts';

/** Claims what the order still wants, or takes a place in the queue. */
export async function reserve(run: Run): Promise<ReserveResult> {
  const { orderId } = run.input;
  const { generation } = run;
  const result = await parkable(
    run,
    { step: 'reserve', fulfillmentId: null, what: 'reserve the stock' },
    () => database('reserve', { orderId, generation }, 'Reserve the stock'),
  );
  run.holdsStock = true;
  return result;
}
