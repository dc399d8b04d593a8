import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { startBulk } from '../../workflows/client.ts';
import { eachGroup } from './each-group.ts';

/**
 * Sees to it that each bulk which has not ended has its workflow: one that was asked for just now, and one whose
 * workflow was lost. The API only writes the row, so nothing is lost between the two.
 */
export async function startBulks({ orm }: Pick<ActivityDeps, 'orm'>, client: Client): Promise<boolean> {
  const open = await orm.em
    .fork()
    .execute<{ id: string; action: string }[]>(
      'select id, action from bulk where ended_at is null order by id',
    );
  await eachGroup(
    open.map((one) => [one]),
    ({ id, action }) => startBulk(client, id, action),
  );
  return false;
}
