/** How much Temporal's workers take on at once. The benchmark's own worker has the same. */

/** Per outside party; its own limits answer 429 beyond, whose Retry-After is then kept to. */
const PARTY_CALLS_PER_SECOND = 100;

/** Of the worker that runs the workflows and their database steps. */
export const orderWorkerOptions = (databasePoolSize: number) =>
  ({
    maxConcurrentActivityTaskExecutions: databasePoolSize,
    maxConcurrentLocalActivityExecutions: databasePoolSize,
    workflowTaskPollerBehavior: { type: 'autoscaling', initial: 4, maximum: 16 },
  }) as const;

/** Of each outside party's. */
export const partyWorkerOptions = {
  maxConcurrentActivityTaskExecutions: 20,
  maxTaskQueueActivitiesPerSecond: PARTY_CALLS_PER_SECOND,
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
} as const;
