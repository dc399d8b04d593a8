/**
 * A worker process that can be killed: `node workflow-worker.ts <server's address> <file of the bundle>`. Every
 * call of a step is asked of the parent, which holds the orders, so what was done survives the worker.
 */
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../activities/activities.ts';
import { effects } from './workflow-effects.ts';
import type { Answer, Question } from './workflow-process.ts';
import { quiet, startWorkers } from './workflow-server.ts';

const [address = '', codePath = ''] = process.argv.slice(2);
const waiting = new Map<number, (answer: Answer) => void>();
let asked = 0;

process.on('message', (answer: Answer) => {
  waiting.get(answer.id)?.(answer);
  waiting.delete(answer.id);
});

async function ask(step: string, input: unknown): Promise<unknown> {
  const question: Question = { id: ++asked, step, input };
  const answer = await new Promise<Answer>((resolve) => {
    waiting.set(question.id, resolve);
    process.send!(question);
  });
  if (answer.failure) throw ApplicationFailure.create(answer.failure);
  return answer.result;
}

const activities = Object.fromEntries(
  Object.keys(effects).map((step) => [step, (input: unknown) => ask(step, input)]),
) as unknown as Activities;

quiet();
const connection = await NativeConnection.connect({ address });
await startWorkers(connection, { codePath }, activities);
process.once('disconnect', () => process.exit());
process.send!({ ready: true });
