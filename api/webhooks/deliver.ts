import { orderIdOf } from '../../db/order-id.ts';
import type { ApiDeps } from '../deps.ts';
import { EngineUnavailable } from '../engine.ts';
import { describeError } from '../http/log.ts';
import { type Kept, markDelivered } from './keep.ts';

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
    await deps.engine.deliver(order, kept.ended);
  } catch (error) {
    const facts = { seq: kept.seq, orderId, cause: describeError(error) };
    deps.log[error instanceof EngineUnavailable ? 'warn' : 'error'](
      facts,
      'event kept, its workflow not told yet',
    );
    return false;
  }
  deps.background.run('marking an event as delivered', () => markDelivered(deps.orm.em.fork(), kept.seq));
  return true;
}
