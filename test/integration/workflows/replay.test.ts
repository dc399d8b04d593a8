import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it, jest } from '@jest/globals';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflows } from '../../../workers/workers.ts';
import { root } from '../../../scripts/embedded/paths.ts';
import { payloadsOf, readHistory, savedHistories } from '../../support/histories.ts';
import { identity, quiet } from '../../support/workflow-server.ts';

jest.setTimeout(120_000);

/** What ran before goes on after an update of the workflows, or the update is refused here. */
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  quiet();
  workflowBundle = await bundleWorkflows();
});

const replay = (text: string, bundle = workflowBundle) =>
  Worker.runReplayHistory({ workflowBundle: bundle }, readHistory(text));

/** Of single steps, and of whole orders. */
const kinds = [
  ...['success', 'refusal', 'retries', 'person', 'temporal', 'killed'],
  ...[
    'unpaid',
    'paid',
    'awaiting-stock',
    'held-approved',
    'split',
    'left',
    'redo',
    'shop-cancel',
    'aftercare',
  ],
];

it('has a history of each kind', () => {
  const saved = savedHistories().map(({ name }) => name);
  expect(kinds.filter((kind) => !saved.some((name) => name.endsWith(`-${kind}`)))).toEqual([]);
});

it.each(savedHistories())('replays $name', async ({ text }) => {
  await expect(replay(text)).resolves.toBeUndefined();
});

const ordinary = () => savedHistories().find(({ name }) => name === 'buyLabel-success')!.text;

it('notices a workflow that would do something else', async () => {
  const workflowsPath = fileURLToPath(new URL('../../support/workflow-changed.ts', import.meta.url));
  const changed = await bundleWorkflowCode({ workflowsPath });
  await expect(replay(ordinary(), changed)).rejects.toThrow(/determinis/i);
});

it('notices a history of something else', async () => {
  await expect(replay(ordinary().replaceAll('"buyLabel"', '"sellLabel"'))).rejects.toThrow(/determinis/i);
});

/** All that steps are told, and all that they answer: ids, quantities, countries, states, and words of the engine's own. */
const known = [
  ...[
    'orderId',
    'storeId',
    'externalId',
    'fulfillmentId',
    'accountId',
    'purchaseId',
    'attentionId',
    'attentionIds',
  ],
  ...[
    'generation',
    'version',
    'knownVersion',
    'round',
    'position',
    'id',
    'key',
    'number',
    'platform',
    'carrier',
  ],
  ...[
    'carriers',
    'service',
    'tracked',
    'trackingNumber',
    'purchases',
    'parcels',
    'fulfillments',
    'warehouse',
  ],
  ...['units', 'quotes', 'announced', 'keep', 'next', 'sku', 'missing', 'short', 'reserved', 'country'],
  ...[
    'stage',
    'ended',
    'held',
    'buried',
    'disposition',
    'changed',
    'cancelledInShop',
    'cancelled',
    'nothingToShip',
  ],
  ...[
    'paymentState',
    'order',
    'fetch',
    'incomplete',
    'settleTies',
    'policy',
    'deadlines',
    'retries',
    'attempts',
  ],
  ...['paymentHours', 'stockHours', 'heldHours', 'untrackedDays', 'firstSeconds', 'lastSeconds'],
  ...[
    'conditions',
    'waitingFor',
    'deadline',
    'outcome',
    'findings',
    'code',
    'severity',
    'message',
    'approved',
  ],
  ...[
    'step',
    'reason',
    'sentence',
    'lastError',
    'actions',
    'resolution',
    'actor',
    'what',
    'detail',
    'result',
  ],
  ...['matched', 'byHand', 'effectUnknown'],
  ...['moneyParty', 'reserve', 'capture', 'reservationHours', 'reservedUntil', 'notBefore', 'unsettled'],
  ...['lost', 'dissolved', 'exclude', 'excludeWarehouse', 'until'],
  // Of a local activity's marker.
  ...['activity_id', 'activity_type', 'seq', 'attempt', 'backoff', 'complete_time', 'original_schedule_time'],
  ...['seconds', 'nanos'],
];

it.each(savedHistories())('tells nobody of a customer in $name', ({ text }) => {
  const { keys, strings } = payloadsOf(text);
  expect(keys.filter((key) => !known.includes(key))).toEqual([]);
  expect(strings.filter((one) => /@|\+\d{7}/.test(one))).toEqual([]);
});

it.each(savedHistories())('does not say where $name was made', ({ text }) => {
  const identities = [...text.matchAll(/"identity":"([^"]*)"/g)].map(([, name]) => name);
  expect(new Set(identities)).toEqual(new Set([identity]));
  expect(text).not.toContain(root);
});
