import { database } from './calls.ts';
import type { Run } from './run.ts';
import { parkable, waitFor } from './standing.ts';

/** Claims the stock, or waits in the queue until a receipt or a release serves the order. */
export async function reserved(run: Run): Promise<void> {
  const { orderId } = run.input;
  const { generation } = run;
  for (;;) {
    const result = await parkable(
      run,
      { step: 'reserve', fulfillmentId: null, what: 'reserve the stock' },
      () => database('reserve', { orderId, generation }, 'Reserve the stock'),
    );
    if (result.reserved) return;
    const missing = result.short.map(({ sku, missing }) => `${missing} × ${sku}`).join(', ');
    await waitFor(
      run,
      {
        condition: 'awaiting_stock',
        text: `Missing ${missing || 'one warehouse that has it all'}`,
        hours: run.order!.policy.deadlines.stockHours,
        overdue: {
          step: 'reserve',
          reason: 'stock_overdue',
          sentence: `Still missing ${missing}: receive it, or cancel the order. It keeps its place in the queue`,
          actions: ['retry', 'cancel'],
        },
      },
      () => run.stockServed >= generation,
    );
  }
}
