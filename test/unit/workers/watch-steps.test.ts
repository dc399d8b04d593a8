import { expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { stepContext } from '../../../workers/step-context.ts';
import { createLog } from '../../../workers/logging.ts';
import type { WorkerMetrics } from '../../../workers/metrics.ts';
import { watchSteps } from '../../../workers/watch-steps.ts';

const input = { orderId: 'o-1', carrier: 'ups', street: 'Mina Road 1' };

/** Runs a step as a worker would, and returns what was logged and counted. */
async function run(queue: string, step: (log: (line: string) => void) => Promise<unknown>) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const counted: unknown[] = [];
  const metrics: Partial<WorkerMetrics> = {
    observeStep: (name, party, _seconds, failure) => void counted.push([name, party, failure]),
  };
  const environment = new MockActivityEnvironment(
    {
      activityType: 'buyLabel',
      attempt: 3,
      taskQueue: queue,
      workflowExecution: { workflowId: 'order:s:1', runId: 'r-1' },
    },
    { interceptors: [watchSteps(log, metrics as WorkerMetrics)], logger: new DefaultLogger('ERROR') },
  );
  const outcome = await environment
    .run(async (_input: typeof input) => step((line) => log.info(line)), input)
    .catch((error: unknown) => error);
  return { outcome, lines, counted };
}

const whose = { orderId: 'o-1', workflowId: 'order:s:1', runId: 'r-1', step: 'buyLabel', attempt: 3 };

it('each line of a step says whose it is, and nothing of what the step was given', async () => {
  const { outcome, lines, counted } = await run('orderloom-ups', async (log) => {
    log('asking');
    return 'bought';
  });
  expect(outcome).toBe('bought');
  expect(lines.map(({ msg }) => msg)).toEqual(['asking', 'step ended']);
  for (const line of lines) expect(line).toMatchObject({ process: 'worker', ...whose });
  expect(JSON.stringify(lines)).not.toContain('Mina');
  expect(counted).toEqual([['buyLabel', 'ups', null]]);
  expect(stepContext.getStore()).toBeUndefined();
});

it.each([
  ['refused', ApplicationFailure.create({ type: 'Refused' }), 'refused'],
  ['unavailable', ApplicationFailure.create({ type: 'Unavailable' }), 'unavailable'],
  ['undone', ApplicationFailure.create({ type: 'Undone' }), 'undone'],
  ['unexpected', new Error('a defect'), 'internal'],
  ['stopped', new CancelledFailure('the worker ends'), null],
])('a step that was %s is counted as such, and thrown on', async (_how, error, kind) => {
  const { outcome, counted } = await run('orderloom', () => Promise.reject(error));
  expect(outcome).toBe(error);
  expect(counted).toEqual([['buyLabel', 'none', kind]]);
});
