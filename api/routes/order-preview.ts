import { z } from 'zod';
import { inTransaction } from '../../db/transaction.ts';
import type { Em } from '../../db/database.ts';
import { deliveryDay } from '../../domain/allocation/delivery-day.ts';
import { leftReasons } from '../../domain/eligibility.ts';
import { toWire } from '../../domain/money.ts';
import { type Quote, rateReasons } from '../../domain/rates.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import { readKnown, readNewcomer, type Rehearsal, rehearse, type Rehearsed } from '../orders/rehearse.ts';
import { type RehearsedShipment, rehearseRates } from '../orders/rehearse-rates.ts';
import { toOrderEvent } from '../orders/to-event.ts';
import { invalid, Problem } from '../problem.ts';
import type { NewOrder } from '../schemas/new-order.ts';
import { orderPreview, previewQuestion } from '../schemas/order-preview.ts';
import { previewToWire } from './allocation.ts';

/** What would become of an order. */
export function orderPreviewRoutes(deps: ApiDeps): Route[] {
  return [preview(deps)];
}

type Wire = z.input<typeof orderPreview>;

function preview(deps: ApiDeps): Route {
  return route('POST /v1/orders/preview', {
    summary: 'What review, allocation and the choice of rates would do with an order',
    description:
      'By the policy, the stock and the carriers’ rates of now. Nothing is kept, reserved or bought. A carrier that fails is named in the answer.',
    costly: true,
    unkept: true,
    tag: 'Orders',
    body: previewQuestion,
    answer: { description: 'As it would be decided now', schema: orderPreview },
    async handle({ body }) {
      const rehearsal = await inTransaction(deps.orm, async (em) => {
        // The database itself sees to it that nothing is changed, and all that is read is of one moment.
        await em.execute('set transaction isolation level repeatable read, read only');
        return rehearse(em, deps, await subjectOf(em, deps, body));
      });
      const rates = await Promise.all(
        rehearsal.shipments.map(({ boxes }) => rehearseRates(deps, rehearsal, boxes)),
      );
      return { body: viewOf(deps, rehearsal, rates) };
    },
  });
}

async function subjectOf(
  em: Em,
  deps: ApiDeps,
  { order, orderId }: z.output<typeof previewQuestion>,
): Promise<Rehearsed> {
  if (order) {
    const { snapshot } = eventOf(order, deps.clock().toISOString());
    const newcomer = await readNewcomer(em, order.store, snapshot);
    if (!newcomer) throw invalid({ field: 'order.store', message: 'is no store' });
    return newcomer;
  }
  const known = await readKnown(em, orderId!);
  if (!known) throw invalid({ field: 'orderId', message: 'is no order' });
  return known;
}

/** What is wrong with it is named as it lies in this body. */
function eventOf(order: NewOrder, now: string) {
  try {
    return toOrderEvent(order, now);
  } catch (error) {
    if (!(error instanceof Problem) || !error.extras.errors) throw error;
    throw invalid(...error.extras.errors.map((one) => ({ ...one, field: `order.${one.field}` })));
  }
}

function viewOf({ config }: ApiDeps, rehearsal: Rehearsal, rates: readonly RehearsedShipment[]): Wire {
  const { order, review, allocation, unknownSkus, queue, shipments } = rehearsal;
  const { id, storeId, snapshot, lines, left, why } = order;
  return {
    order: {
      ...{ id, store: storeId, number: snapshot.number, currency: snapshot.currency },
      country: snapshot.shippingAddress?.country ?? null,
    },
    stopsAt: stopOf(rehearsal, rates),
    eligible: {
      lines: lines.map(({ externalId, sku, quantity }) => ({ externalId, sku, quantity })),
      left: left.map((one) => ({ ...one, sentence: leftReasons[one.reason] })),
      why,
    },
    ...{ review, unknownSkus, queue },
    allocation: allocation && previewToWire(allocation, order.policy, config.booksCurrency),
    shipments: shipments.map(({ fulfillment }, index) => shipmentOf(fulfillment, rates[index]!)),
  };
}

function stopOf(rehearsal: Rehearsal, rates: readonly RehearsedShipment[]): Wire['stopsAt'] {
  const { order, review, allocation, unknownSkus } = rehearsal;
  if (order.lines.length === 0) return 'recorded';
  if (review.outcome !== 'pass') return 'review';
  if (unknownSkus.length > 0 || (allocation && allocation.short.length > 0)) return 'stock';
  if (!allocation?.possible) return 'allocation';
  return rates.some(({ choice }) => choice.chosen === null) ? 'rate' : null;
}

function shipmentOf(
  { warehouse, shipDay, parcels }: Rehearsal['shipments'][number]['fulfillment'],
  { asked, parcels: offers, choice, why }: RehearsedShipment,
): Wire['shipments'][number] {
  const offerOf = ({ carrier, service, price, transitDays }: Quote) => ({
    ...{ carrier, service, price: toWire(price), transitDays },
    deliveryDay: transitDays === null ? null : deliveryDay(shipDay, transitDays),
  });
  return {
    ...{ warehouse, asked, late: choice.late, why },
    parcels: parcels.map(({ box, weightGrams }, index) => ({
      ...{ box, weightGrams },
      offers: offers[index]!.map(({ serviceName, allowed, ...quote }) => ({
        ...{ ...offerOf(quote), serviceName, allowed },
      })),
    })),
    considered: choice.considered.map(({ quote, reason }) => ({
      ...{ ...offerOf(quote), chosen: quote === choice.chosen, why: rateReasons[reason] },
    })),
  };
}
