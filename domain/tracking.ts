import type { OrderStage } from './stages.ts';

/** What carriers' own codes are normalized to, from the first to the last that a parcel goes through. */
export const trackingStatuses = [
  'label_created',
  'handed_over',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'exception',
  'returned',
] as const;
export type TrackingStatus = (typeof trackingStatuses)[number];

/** What progress depends on of a scan; `at` is RFC 3339. */
export interface ScanFact {
  status: TrackingStatus;
  at: string;
}

/**
 * What may follow each status. A parcel never goes back on its way, except that an exception is over with the
 * next scan of a moving parcel; after delivery only a return is news, and after a return nothing is.
 */
const followers: Readonly<Record<TrackingStatus, readonly TrackingStatus[]>> = {
  label_created: ['handed_over', 'in_transit', 'out_for_delivery', 'exception', 'delivered', 'returned'],
  handed_over: ['in_transit', 'out_for_delivery', 'exception', 'delivered', 'returned'],
  in_transit: ['out_for_delivery', 'exception', 'delivered', 'returned'],
  out_for_delivery: ['exception', 'delivered', 'returned'],
  exception: ['in_transit', 'out_for_delivery', 'delivered', 'returned'],
  delivered: ['returned'],
  returned: [],
};

/**
 * The status of a parcel after these scans, whatever order they arrived in. With `current` null and every scan
 * known, the answer depends on the set alone; with `current` given, it is never taken back by an older scan of
 * the way (only an exception, whose time is not known here, may be). Scans of the same instant count in the
 * order of the way. null where nothing is known.
 */
export function progress(current: TrackingStatus | null, scans: readonly ScanFact[]): TrackingStatus | null {
  const rank = (scan: ScanFact) => trackingStatuses.indexOf(scan.status);
  return scans
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || rank(a) - rank(b))
    .reduce<TrackingStatus | null>(
      (status, scan) => (status === null || followers[status].includes(scan.status) ? scan.status : status),
      current,
    );
}

/**
 * The stage that a status proves. null for an exception: it also happens before the pick-up, so it says
 * nothing about the hand-over. A returned parcel was handed over, and never counts as delivered.
 */
export function stageOf(
  status: TrackingStatus,
): Extract<OrderStage, 'labelled' | 'shipped' | 'delivered'> | null {
  return stageByStatus[status];
}

const stageByStatus = {
  label_created: 'labelled',
  handed_over: 'shipped',
  in_transit: 'shipped',
  out_for_delivery: 'shipped',
  delivered: 'delivered',
  exception: null,
  returned: 'shipped',
} as const;

/** The furthest stage that any of the scans proves: what an exception as the latest status would hide. */
export function stageReached(scans: readonly ScanFact[]): ReturnType<typeof stageOf> {
  const proven = new Set(scans.map((scan) => stageOf(scan.status)));
  return (['delivered', 'shipped', 'labelled'] as const).find((stage) => proven.has(stage)) ?? null;
}
