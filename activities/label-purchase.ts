import type { BoughtLabel, CarrierClient } from '../connectors/carriers/carrier.ts';
import { PartyFailure } from '../connectors/failure.ts';
import type { Em } from '../db/database.ts';
import type { CarrierAccount } from './connect-carrier.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';

/** One attempt to pay for a parcel's label, with the label once it is known. */
export interface Purchase {
  id: string;
  key: string;
  state: 'intended' | 'bought' | 'refused' | 'voided' | 'abandoned';
  account: CarrierAccount;
  request: unknown;
  /** RFC 3339: when the carrier was last asked to sell it. */
  sentAt: string | null;
  sentMsAgo: number | null;
  trackingNumber: string | null;
  shipmentId: string | null;
  /** Who the order's customer was is erased. */
  erased: boolean;
}

export async function readPurchase(em: Em, purchaseId: string): Promise<Purchase> {
  const [row] = await em.execute<Purchase[]>(
    `select p.id, p.key, p.state, p.request,
            jsonb_build_object('id', a.id, 'carrier', a.carrier, 'url', a.url, 'credentials', a.credentials,
              'services', a.services) as account, to_jsonb(p.sent_at) #>> '{}' as "sentAt",
            (extract(epoch from clock_timestamp() - p.sent_at) * 1000)::float8 as "sentMsAgo",
            l.tracking_number as "trackingNumber", l.shipment_id as "shipmentId", o.erased_at is not null as erased
     from label_purchase p join parcel c on c.id = p.parcel_id join fulfillment f on f.id = c.fulfillment_id
     join orders o on o.id = f.order_id join carrier_account a on a.id = p.carrier_account_id left join label l on l.purchase_id = p.id where p.id = ?`,
    [purchaseId],
  );
  return row!;
}

/** Looks for a label that an earlier attempt may have paid for. null: there is none, for certain. */
export async function recover(
  deps: ActivityDeps,
  client: CarrierClient,
  purchase: Purchase,
): Promise<BoughtLabel | null> {
  const { found } = await client.findLabel(purchase.key, purchase.sentAt ?? undefined);
  if (found === 'cannot-tell')
    throw new Refusal(
      'label_outcome_unknown',
      `The carrier can't tell whether label ${purchase.key} was sold: ` +
        'look in the carrier’s own account for the reference, then retry, or cancel',
    );
  if (found) return found;
  const settled = purchase.sentMsAgo ?? 0;
  if (settled >= deps.labelSettleMs) return null;
  // The call may still be under way at the carrier: its "no" is believed only after a while.
  throw new PartyFailure(`no label ${purchase.key} yet, asking once more before it is bought again`, {
    party: 'carrier',
    kind: 'retry',
    effect: 'unknown',
    code: 'label-not-settled',
    retryAfterMs: Math.max(200, deps.labelSettleMs - settled),
  });
}
