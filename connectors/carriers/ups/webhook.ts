import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { UnusableWebhook } from '../../storefronts/storefront.ts';
import type { CarrierWebhooks } from '../carrier.ts';
import { scanOf } from './scan.ts';

const eventSchema = z.object({
  trackingNumber: z.string().trim().min(1),
  localActivityDate: z.string().optional(),
  localActivityTime: z.string().optional(),
  gmtActivityDate: z.string().optional(),
  gmtActivityTime: z.string().optional(),
  activityLocation: z.object({ city: z.string().optional(), country: z.string().optional() }).optional(),
  activityStatus: z.object({
    type: z.string().optional(),
    code: z.string().optional(),
    description: z.string().optional(),
    descriptionCode: z.string().optional(),
  }),
});

/**
 * UPS Track Alert, as its OpenAPI document describes it: one event per POST, authenticated by the `credential`
 * header, which repeats the string given on subscribing. It carries no event id and no signature of the body:
 * duplicates are told by the event's own content.
 */
export const upsWebhooks: CarrierWebhooks = {
  verify: (_rawBody, headers, secret) => secret !== '' && sameText(headers['credential'] ?? '', secret),

  parse(rawBody) {
    const event = readEvent(rawBody);
    const { type, code, description, descriptionCode } = event.activityStatus;
    const gmt = { date: event.gmtActivityDate, time: event.gmtActivityTime };
    const local = { date: event.localActivityDate, time: event.localActivityTime };
    const { trackingNumber } = event;
    return {
      key: hash([trackingNumber, gmt.date, gmt.time, local.date, local.time, type, code].join('|')).toString(
        'hex',
      ),
      trackingNumber,
      scan: scanOf({
        status: { type, code, description, statusCode: descriptionCode },
        gmt,
        local,
        city: event.activityLocation?.city,
        country: event.activityLocation?.country,
      }),
    };
  },
};

function readEvent(rawBody: Buffer): z.output<typeof eventSchema> {
  let body: unknown;
  try {
    body = JSON.parse(rawBody.toString('utf8'));
  } catch {
    throw new UnusableWebhook('not JSON');
  }
  const event = eventSchema.safeParse(body);
  if (event.success) return event.data;
  const where = event.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
  throw new UnusableWebhook(`not a tracking event: ${where}`);
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/** In constant time, whatever the lengths. */
const sameText = (a: string, b: string) => timingSafeEqual(hash(a), hash(b));
