import { z } from 'zod';
import type { StorePolicy } from '../../domain/policy.ts';
import { integer, moneyInput } from './common.ts';

/** A store's differences from the default policy: every part and value may be left out. */

const review = z.strictObject({
  payment: z.enum(['paid', 'authorized']),
  fraud: z.strictObject({ investigate: z.enum(['pass', 'hold']), cancel: z.enum(['hold', 'refuse']) }),
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
type Settable = Required<z.output<typeof storePolicy>>;
type Parts = 'review' | 'deadlines' | 'retries';
type Whole<P extends Record<Parts, unknown>> = Omit<P, Parts> & { [K in Parts]: Required<P[K]> };
type Same<A, B> = [A, B] extends [B, A] ? true : never;
true satisfies Same<Whole<Settable>, Whole<StorePolicy>>;
