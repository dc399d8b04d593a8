import { AsyncLocalStorage } from 'node:async_hooks';

/** Which attempt of which step some code runs for: what every log line of it names. */
export interface StepContext {
  orderId: string | undefined;
  workflowId: string;
  runId: string;
  step: string;
  attempt: number;
}

export const stepContext = new AsyncLocalStorage<StepContext>();
