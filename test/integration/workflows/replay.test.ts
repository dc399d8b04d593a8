import { beforeAll, expect, it, jest } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { bundleWorkflows } from '../../../workers/workers.ts';
import { readHistory, savedHistories } from '../../support/histories.ts';

jest.setTimeout(120_000);

/** What ran before goes on after an update of the workflows, or the update is refused here. */
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflows>>;
beforeAll(async () => {
  workflowBundle = await bundleWorkflows();
});

const replay = (text: string) => Worker.runReplayHistory({ workflowBundle }, readHistory(text));

const kinds = ['success', 'refusal', 'retries', 'person', 'temporal', 'killed'];

it('has a history of each kind', () => {
  const saved = savedHistories().map(({ name }) => name);
  expect(kinds.filter((kind) => !saved.some((name) => name.endsWith(`-${kind}`)))).toEqual([]);
});

it.each(savedHistories())('replays $name', async ({ text }) => {
  await expect(replay(text)).resolves.toBeUndefined();
});

it('notices a workflow that would do something else', async () => {
  const { text } = savedHistories().find(({ name }) => name === 'buyLabel-success')!;
  await expect(replay(text.replaceAll('"buyLabel"', '"sellLabel"'))).rejects.toThrow(/determinis/i);
});
