import type { Label, ParcelStatus, Progress, Scan, UpsAccount, UpsTables } from './model.ts';

const order: ParcelStatus[] = ['label_created', 'handed_over', 'in_transit', 'out_for_delivery', 'delivered'];

/** The parcel's scans up to now, those that the account's progress makes due included. */
export function progressed(label: Label, progress: Progress | null, now: number): Scan[] {
  if (progress === null || label.voided) return label.scans;
  const bought = Date.parse(label.boughtAt);
  const due: [ParcelStatus, number][] = [
    ['handed_over', progress.handedOver],
    ['in_transit', progress.inTransit],
    ['out_for_delivery', progress.outForDelivery],
    ['delivered', progress.delivered],
  ];
  const reached = order.indexOf(label.scans.findLast((scan) => order.includes(scan.status))!.status);
  const added = due
    .filter(([status, after]) => order.indexOf(status) > reached && bought + after <= now)
    .map(([status, after]) => scanOf(label, status, bought + after));
  return [...label.scans, ...added];
}

export function scanOf(label: Label, status: ParcelStatus, at: number): Scan {
  const arrived = ['out_for_delivery', 'delivered', 'exception'].includes(status);
  const place = arrived ? label.to : label.from;
  return { status, at: new Date(at).toISOString(), city: place.city, country: place.country };
}

/** Saves what has become due and returns the new scans, for the pushes. */
export function settle(tables: UpsTables, account: UpsAccount, now: number): { label: Label; scan: Scan }[] {
  if (account.progress === null) return [];
  return tables.labels.all(account.name).flatMap((label) => {
    const scans = progressed(label, account.progress, now);
    const added = scans.slice(label.scans.length);
    if (added.length > 0) tables.labels.put(account.name, label.trackingNumber, { ...label, scans });
    return added.map((scan) => ({ label, scan }));
  });
}
