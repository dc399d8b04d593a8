import { PartyFailure } from '../connectors/failure.ts';
import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';

/** Whether the store refused it because the order is cancelled or gone there. Not known: then it is what it is. */
export async function isOfCancelled(
  client: StorefrontClient,
  externalId: string,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof PartyFailure) || error.kind !== 'refuse') return false;
  try {
    const order = await client.fetchOrder(externalId);
    return order === null || order.snapshot.cancelledAt !== null;
  } catch {
    return false;
  }
}
