import type { ActivityDeps } from '../../activities/deps.ts';
import { watchStock } from '../../db/alerts/watch.ts';

/** Opens and closes alerts. Never more at once: each run looks at everything. */
export async function watchAlerts(
  { orm, clock }: Pick<ActivityDeps, 'orm' | 'clock'>,
  expiryDays: number,
): Promise<boolean> {
  await watchStock(orm, clock(), expiryDays);
  return false;
}
