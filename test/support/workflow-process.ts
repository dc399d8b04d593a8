/** Starts and kills worker processes whose steps are answered here. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';

export interface Question {
  id: number;
  step: string;
  input: unknown;
}
export interface Answer {
  id: number;
  result?: unknown;
  failure?: { message: string; type?: string; nonRetryable?: boolean; details?: unknown[] };
}

export interface WorkerProcess {
  /** By SIGKILL: it gets to say nothing any more. */
  kill(): Promise<void>;
}

/** Resolves when it polls. */
export async function startWorkerProcess(
  address: string,
  codePath: string,
  activities: Activities,
): Promise<WorkerProcess> {
  const child = fork(path.join(import.meta.dirname, 'workflow-worker.ts'), [address, codePath], {
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const exited = once(child, 'exit');
  const ready = new Promise<void>((resolve) =>
    child.on('message', (message: Question | { ready: true }) => {
      if ('ready' in message) resolve();
      else void answer(child, activities, message);
    }),
  );
  const gone = exited.then(([code]) => {
    throw new Error(`The worker process ended by itself (${code})`);
  });
  await Promise.race([ready, gone]);
  gone.catch(() => undefined);
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function answer(child: ChildProcess, activities: Activities, question: Question): Promise<void> {
  const said = await called(activities, question);
  if (child.connected) child.send(said);
}

async function called(activities: Activities, { id, step, input }: Question): Promise<Answer> {
  try {
    return { id, result: await activities[step as keyof Activities](input as never) };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const { message, type, nonRetryable, details } = error;
    return {
      id,
      failure: {
        message,
        type: type ?? undefined,
        nonRetryable: nonRetryable ?? false,
        details: details ?? [],
      },
    };
  }
}
