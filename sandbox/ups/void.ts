import { json, type Answer, type Call } from '../http.ts';
import { listOf, responseHead, upsError } from './answers.ts';
import type { Label, UpsAccount, UpsTables } from './model.ts';
import { progressed } from './progress.ts';

/** DELETE /api/shipments/{version}/void/cancel/{shipmentidentificationnumber} */
export function voidShipment(
  call: Call,
  account: UpsAccount,
  version: string,
  shipmentId: string,
  tables: UpsTables,
  now: number,
): Answer {
  const shipment = tables.labels.all(account.name).filter((label) => label.shipmentId === shipmentId);
  const wanted = call.query.getAll('trackingnumber').flatMap((numbers) => numbers.split(','));
  const labels =
    wanted.length === 0 ? shipment : shipment.filter((label) => wanted.includes(label.trackingNumber));
  if (labels.length === 0 || labels.length < wanted.length)
    return upsError(400, '190102', 'No shipment found within the allowed void period');
  if (labels.every((label) => label.voided))
    return upsError(400, '190117', 'The Shipment has already been voided');
  if (labels.some((label) => leftTheShipper(label, account, now)))
    return upsError(
      400,
      '190103',
      'The Pickup Request associated with this shipment has already been completed',
    );
  for (const label of labels) voidLabel(label, tables, now);
  return json(200, {
    VoidShipmentResponse: {
      Response: responseHead(undefined),
      SummaryResult: { Status: { Code: '1', Description: 'Voided' } },
      ...(wanted.length === 0
        ? {}
        : {
            PackageLevelResults: listOf(
              labels.map((label) => ({
                TrackingNumber: label.trackingNumber,
                Status: { Code: '1', Description: 'Voided' },
              })),
              version,
            ),
          }),
    },
  });
}

const leftTheShipper = (label: Label, account: UpsAccount, now: number): boolean =>
  progressed(label, account.progress, now).some((scan) => !['label_created', 'voided'].includes(scan.status));

function voidLabel(label: Label, tables: UpsTables, now: number): void {
  const at = new Date(now).toISOString();
  tables.labels.put(label.account, label.trackingNumber, {
    ...label,
    voided: true,
    voidedAt: at,
    scans: [...label.scans, { status: 'voided', at, city: label.from.city, country: label.from.country }],
  });
}
