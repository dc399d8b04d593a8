import {
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { BulkActivities } from '../activities/bulk.ts';
import { bulkTurnedSignal } from './contracts.ts';

const { doNextOrders } = proxyActivities<BulkActivities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** One action for many orders, some each second. How far it is, and whether it goes on, the database knows. */
export async function bulk(input: { bulkId: string }): Promise<void> {
  let turned = 0;
  setHandler(bulkTurnedSignal, () => void turned++);
  for (;;) {
    const seen = turned;
    const pace = sleep('1s', { summary: 'Not more in one second' });
    const { state } = await doNextOrders(input);
    if (state === 'done' || state === 'stopped') return;
    if (state === 'paused') await condition(() => turned > seen);
    else await pace;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof bulk>(input);
  }
}
