import { z } from 'zod';
import { type Money, toWire } from '../../domain/money.ts';
import type { StorePolicy } from '../../domain/policy.ts';
import { integer, moneyInput, reason, time, uuid, wireMoney, wireTime } from './common.ts';

/** A store's differences from the default policy: every part and value may be left out. */

const review = z.strictObject({
  payment: z.enum(['paid', 'authorized']),
  fraud: z
    .strictObject({ investigate: z.enum(['pass', 'hold']), cancel: z.enum(['hold', 'refuse']) })
    .partial(),
  approvalAbove: moneyInput.nullable(),
  maxQuantityPerLine: integer(1).nullable(),
  roundingPerLine: integer(0, 1_000),
  duplicateWithinMinutes: integer(1, 100_000).nullable(),
  duplicate: z.enum(['note', 'hold']),
  holdOlderThanDays: integer(1, 10_000).nullable(),
});

const hours = integer(1, 24 * 365);

export const storePolicy = z
  .strictObject({
    review: review.partial(),
    objective: z.enum(['nearest', 'priority', 'cheapest', 'fewest-parcels']),
    splitAllowed: z.boolean(),
    splitCost: integer(0, 1_000_000).meta({
      description: "What each fulfillment after the first counts for, in minor units of the books' currency",
    }),
    reserve: z.enum(['on_payment', 'on_order']),
    capture: z.enum(['never', 'on_shipment']),
    shipComplete: z.boolean().meta({
      description: 'false: what is there goes at once, and the rest follows when it comes',
    }),
    promiseDays: integer(1, 365).nullable(),
    notifyCustomer: z.boolean(),
    stockBuffer: integer(0, 1_000_000),
    deadlines: z
      .strictObject({
        paymentHours: hours,
        stockHours: hours,
        reservationHours: hours,
        heldHours: hours,
        untrackedDays: integer(1, 365),
      })
      .partial(),
    retries: z
      .strictObject({
        attempts: integer(1, 100),
        firstSeconds: integer(1, 3_600),
        lastSeconds: integer(1, 86_400),
      })
      .partial(),
  })
  .partial()
  .meta({ id: 'StorePolicy', description: 'Differences from the default policy' });

/** Does not compile when the domain's policy has a value that can't be set here, or the other way round. */
type Whole<T> = T extends Money ? T : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;
type Same<A, B> = [A, B] extends [B, A] ? true : never;
true satisfies Same<Whole<z.output<typeof storePolicy>>, StorePolicy>;

export const policyEdit = z
  .strictObject({
    version: integer(1).meta({
      description: 'As it was read: an edit of a version that is no more is refused',
    }),
    reason,
    policy: storePolicy.default({}),
    fulfillFrom: time.optional().meta({
      description:
        'Orders placed before are recorded and not fulfilled. Orders that are known stay what they are',
    }),
  })
  .refine(
    ({ policy, fulfillFrom }) => fulfillFrom !== undefined || Object.keys(policy).length > 0,
    'At least one setting is required',
  )
  .meta({ id: 'PolicyEdit' });

const settings = z.record(z.string(), z.unknown());

export const policyView = z
  .strictObject({
    store: uuid,
    version: z.int(),
    fulfillFrom: wireTime,
    policy: settings.meta({ description: 'Every setting as it counts' }),
    own: settings.meta({ description: 'Those that differ from the default' }),
  })
  .meta({ id: 'PolicyView' });

const value = z.union([z.string(), z.number(), z.boolean(), wireMoney, z.null()]);

export const policyChange = z
  .strictObject({
    version: z.int().meta({ description: 'Of the policy, after it' }),
    at: wireTime,
    actor: z.string(),
    reason: z.string(),
    changes: z.array(
      z.strictObject({
        setting: z.string().meta({ example: 'deadlines.stockHours' }),
        from: value,
        to: value,
      }),
    ),
  })
  .meta({ id: 'PolicyChange' });

/** The one amount in a policy, or in its differences, as all money here is shown. */
export function policyToWire(policy: Record<string, unknown>): Record<string, unknown> {
  const { review: part } = policy as { review?: { approvalAbove?: Money | null } };
  if (!part?.approvalAbove) return policy;
  return { ...policy, review: { ...part, approvalAbove: toWire(part.approvalAbove) } };
}
