import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import type { TrackingScan } from '../carrier.ts';
import type { UpsApi } from './api.ts';
import { scanOf, statusSchema } from './scan.ts';

const addressSchema = z.object({
  city: z.string().optional(),
  country: z.string().optional(),
  countryCode: z.string().optional(),
});

const activitySchema = z.object({
  date: z.string().optional(),
  time: z.string().optional(),
  gmtDate: z.string().optional(),
  gmtTime: z.string().optional(),
  gmtOffset: z.string().optional(),
  location: z.object({ address: addressSchema.optional() }).optional(),
  status: statusSchema.optional(),
});

export const trackAnswerSchema = z
  .object({
    trackResponse: z.object({
      shipment: z.array(
        z.object({
          package: z
            .array(
              z.object({
                trackingNumber: z.string().optional(),
                activity: z.array(activitySchema).default([]),
              }),
            )
            .default([]),
        }),
      ),
    }),
  })
  .transform((body) => body.trackResponse.shipment.flatMap((shipment) => shipment.package));

/** The parcel's scans, oldest first; empty where UPS does not know the number (yet). */
export async function fetchScans(api: UpsApi, trackingNumber: string): Promise<TrackingScan[]> {
  const path = `/api/track/v1/details/${encodeURIComponent(trackingNumber)}`;
  const packages = await trackOrNone(api, path, { locale: 'en_US' });
  return packages
    .filter((one) => one.trackingNumber === undefined || one.trackingNumber === trackingNumber)
    .flatMap((one) => one.activity)
    .map(readActivity)
    .filter((scan) => scan !== null)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** Tracking numbers of the packages of our account that carry the reference, picked up in the last 14 days or not yet. */
export async function fetchTrackingNumbers(api: UpsApi, reference: string): Promise<string[]> {
  const path = `/api/track/v1/reference/details/${encodeURIComponent(reference)}`;
  const query = { locale: 'en_US', shipperNum: api.credentials.accountNumber, refNumType: 'SmallPackage' };
  const packages = await trackOrNone(api, path, query);
  return [...new Set(packages.flatMap((one) => one.trackingNumber ?? []))];
}

async function trackOrNone(api: UpsApi, path: string, query: Record<string, string>) {
  try {
    return (await api.request({ method: 'GET', path, query })).json(trackAnswerSchema);
  } catch (error) {
    // "Tracking number information not found": an answer, not a failure. A 404 without a code of UPS' is not its word.
    if (error instanceof PartyFailure && error.status === 404 && error.code !== 'http-404') return [];
    throw error;
  }
}

export function readActivity(activity: z.output<typeof activitySchema>): TrackingScan | null {
  const address = activity.location?.address;
  return scanOf({
    status: activity.status,
    gmt: { date: activity.gmtDate, time: activity.gmtTime },
    local: { date: activity.date, time: activity.time, offset: activity.gmtOffset },
    city: address?.city,
    country: address?.countryCode || address?.country,
  });
}
