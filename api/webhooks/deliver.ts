import type { Database } from '../../db/database.ts';
import { gather } from '../../db/gather.ts';
import { orderIdOf } from '../../db/order-id.ts';
import type { ApiDeps } from '../deps.ts';
import { EngineUnavailable } from '../engine.ts';
import { describeError } from '../http/log.ts';
import { type Kept, markDelivered } from './keep.ts';

/** A workflow that was told reads its mail at once, and then there is nothing to mark: so it is not hurried. */
const gathering = { windowMs: 100, most: 100, beside: 1 };

const markers = new WeakMap<Database, (seq: number) => Promise<null>>();

function markerOf(orm: Database): (seq: number) => Promise<null> {
  const known = markers.get(orm);
  if (known) return known;
  const marker = gather(async (seqs: number[]) => {
    await markDelivered(orm.em.fork(), seqs);
    return seqs.map(() => null);
  }, gathering);
  markers.set(orm, marker);
  return marker;
}

/**
 * Tells the order's workflow that it has mail, within the engine's bound. False when it could not be told: the row
 * stays `received`, and the worker's drain loop tells it later.
 */
export async function deliver(
  deps: ApiDeps,
  store: { id: string; platform: string },
  externalId: string,
  kept: Kept | null,
): Promise<boolean> {
  if (kept === null || kept.state !== 'received') return true;
  const orderId = orderIdOf(store.id, externalId);
  try {
    const order = { orderId, storeId: store.id, externalId, platform: store.platform };
    await deps.engine.deliver(order, kept.standing);
  } catch (error) {
    const facts = { seq: kept.seq, orderId, cause: describeError(error) };
    deps.log[error instanceof EngineUnavailable ? 'warn' : 'error'](
      facts,
      'event kept, its workflow not told yet',
    );
    return false;
  }
  deps.background.run('marking an event as delivered', () => markerOf(deps.orm)(kept.seq));
  return true;
}
