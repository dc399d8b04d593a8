import { z } from 'zod';
import type { TrackingStatus } from '../../../domain/tracking.ts';
import type { TrackingScan } from '../carrier.ts';

export const statusSchema = z.object({
  type: z.string().optional(),
  code: z.string().optional(),
  description: z.string().optional(),
  /** Tracking calls the three digits `statusCode`, Track Alert `descriptionCode`. */
  statusCode: z.string().optional(),
});
type Status = z.output<typeof statusSchema>;

const statusByType: Readonly<Record<string, TrackingStatus>> = {
  M: 'label_created',
  P: 'handed_over',
  I: 'in_transit',
  O: 'out_for_delivery',
  D: 'delivered',
  X: 'exception',
  RS: 'returned',
};

/** Within types I and D: the origin scan is the hand-over, and not all of D ("delivery information") is delivered. */
const statusByCode: Readonly<Record<string, TrackingStatus>> = {
  OR: 'handed_over',
  PU: 'handed_over',
  XD: 'handed_over',
  OT: 'out_for_delivery',
  OF: 'out_for_delivery',
};
const outForDelivery = new Set(['006', '021']);

/**
 * Our status of UPS' status type and codes; null for what says nothing of where the parcel is: a changed
 * delivery time (U), a voided manifest (MV), no information (NA), and types we do not know.
 */
export function statusOf({ type, code, statusCode }: Status): TrackingStatus | null {
  const status = statusByType[type?.trim().toUpperCase() ?? ''];
  if (status === undefined) return null;
  if (status !== 'in_transit' && status !== 'delivered') return status;
  if (statusCode !== undefined && outForDelivery.has(statusCode)) return 'out_for_delivery';
  return statusByCode[code?.trim().toUpperCase() ?? ''] ?? status;
}

interface Moment {
  date?: string;
  time?: string;
}

export interface UpsScan {
  status: Status | undefined;
  gmt: Moment;
  local: Moment & { offset?: string };
  city?: string;
  country?: string;
}

/** null where the status says nothing (see `statusOf`) or no time is given. */
export function scanOf(scan: UpsScan): TrackingScan | null {
  const status = scan.status && statusOf(scan.status);
  const at = instant(scan.gmt, 'Z') ?? instant(scan.local, scan.local.offset ?? 'Z');
  if (!status || at === null) return null;
  return {
    code: scan.status?.code?.trim() || scan.status?.type?.trim() || '',
    status,
    at,
    description: scan.status?.description?.trim() ?? '',
    place:
      [scan.city, scan.country]
        .map((part) => part?.trim())
        .filter(Boolean)
        .join(', ') || null,
  };
}

/**
 * YYYYMMDD and HHMMSS (UPS drops leading zeros: "74700" is 07:47:00) as RFC 3339 UTC. Midnight where the time
 * is left out; UTC where UPS gives a local time without its offset, as it does before the first physical scan.
 */
function instant({ date = '', time = '' }: Moment, zone: string): string | null {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(date.trim());
  const clock = /^(\d{2})(\d{2})(\d{2})$/.exec(time.replace(/\D/g, '').padStart(6, '0'));
  const offset = /^[+-]\d{2}:\d{2}$/.test(zone) ? zone : 'Z';
  if (!day || !clock) return null;
  const at = new Date(`${day[1]}-${day[2]}-${day[3]}T${clock[1]}:${clock[2]}:${clock[3]}${offset}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
