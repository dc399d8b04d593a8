import type { ActivityDeps } from '../../activities/deps.ts';
import { expireLots } from '../../db/stock/lot-expiry.ts';

const BATCH = 100;

/** Lots leave sale when their last day is over. True: there may be more. */
export async function expireDueLots({ orm, clock }: Pick<ActivityDeps, 'orm' | 'clock'>): Promise<boolean> {
  return (await expireLots(orm, clock(), BATCH)) > 0;
}
