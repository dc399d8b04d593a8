import { recordAudit } from '../db/audit.ts';
import { lockOrder } from '../db/locks.ts';
import { inTransaction } from '../db/transaction.ts';
import type { ActivityDeps } from './deps.ts';
import { readPurchase, recover } from './label-purchase.ts';
import { connectAccount } from './connect-carrier.ts';

export interface VoidInput {
  orderId: string;
  purchaseId: string;
}

/** `left`: the carrier refuses, since the parcel is on its way; it can only be intercepted or returned. */
export type VoidResult = { result: 'voided' | 'left' };

/**
 * The undo of a label: gives back what was paid for. A purchase that may have reached the carrier is looked for
 * first; one that never did is abandoned. Done already, or never begun: nothing.
 */
export async function voidLabel(deps: ActivityDeps, input: VoidInput): Promise<VoidResult> {
  const em = deps.orm.em.fork();
  const purchase = await readPurchase(em, input.purchaseId);
  if (purchase.state === 'voided' || purchase.state === 'abandoned') return { result: 'voided' };
  const { client } = connectAccount(deps, purchase.account, purchase.account.id);
  const label =
    purchase.trackingNumber && purchase.shipmentId
      ? { trackingNumber: purchase.trackingNumber, shipmentId: purchase.shipmentId }
      : purchase.sentAt === null
        ? null
        : await recover(deps, client, purchase);
  if (label && (await client.voidLabel(label)) === 'refused') return { result: 'left' };
  await inTransaction(deps.orm, async (tx) => {
    await lockOrder(tx, input.orderId);
    await tx.execute(`update label_purchase set state = ?, settled_at = now() where id = ?`, [
      label ? 'voided' : 'abandoned',
      input.purchaseId,
    ]);
    await tx.execute('update label set voided_at = now(), tracking_due_at = null where purchase_id = ?', [
      input.purchaseId,
    ]);
    if (!label) return;
    await recordAudit(tx, {
      actor: 'engine',
      what: 'label_voided',
      orderId: input.orderId,
      subject: input.purchaseId,
      detail: `Voided ${label.trackingNumber}`,
      key: `void/${input.purchaseId}`,
    });
  });
  return { result: 'voided' };
}
