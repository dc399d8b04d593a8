/** Orders for the cells, and what is done with them on their way. */
import { apiAddress } from '../../support/commerce.ts';
import { sell, type Sold, type Where } from '../sell.ts';
import { recipient, type Standing, type World } from '../world.ts';
import type { Journey } from './calls.ts';

export interface Placed extends Sold {
  end: 'closed' | 'cancelled';
  /** Labels that were given back on the way of an order that is closed. */
  redone: number;
  /** Attempts to tell the shop whose answer is lost. */
  spent: number;
  steps: { when: (order: Standing) => boolean; act: (order: Standing) => Promise<unknown> }[];
  /** Attention that was seen already. */
  answered: Set<string>;
}

const whereOf = (journey: Journey): Where => {
  if (journey.startsWith('shop')) return 'shop';
  return journey.startsWith('provider') ? 'provider' : 'site';
};

export async function place(world: World, journey: Journey, cell: number): Promise<Placed> {
  const lines = Array.from({ length: journey === 'shop, 30 lines' ? 30 : 1 }, () => 1);
  const { firstName, lastName } = recipient(cell);
  if (journey === 'lost label' || journey === 'unsold label')
    await world.system.sandbox.fault({
      ...{ operation: 'ups.ship', times: 1, about: `${firstName} ${lastName}` },
      fault: journey === 'lost label' ? 'reset-after' : 'reset-before',
    });
  const sold = await sell(world, whereOf(journey), cell, { lines, authorized: journey === 'provider' });
  if (journey === 'shop, answer lost')
    await world.system.sandbox.fault({
      operation: 'shopify.CreateFulfillment',
      about: sold.about,
      fault: 'reset-after',
      times: 1,
    });
  return {
    ...sold,
    end: journey.endsWith('cancelled') ? 'cancelled' : 'closed',
    redone: journey === 'shop, moved' ? 1 : 0,
    spent: journey === 'shop, answer lost' ? 1 : 0,
    steps: stepsOf(world, journey, sold, cell),
    answered: new Set(),
  };
}

const live = ({ fulfillments }: Standing) => fulfillments.filter(({ stage }) => stage === 'labelled');

/** What a person and the carrier do on the way. */
function stepsOf(world: World, journey: Journey, { told: known }: Sold, cell: number): Placed['steps'] {
  const labelled = (order: Standing) =>
    live(order).length > 0 &&
    live(order).every(({ told }) => told || !known) &&
    order.conditions.length === 0;
  const deliver = (order: Standing) => deliverAll(world, order.id);
  if (journey.endsWith('cancelled'))
    return [{ when: labelled, act: (order) => world.act(order.id, 'cancel') }];
  if (journey !== 'shop, moved') return [{ when: labelled, act: deliver }];
  const seen = new Set<string | null>();
  const moved = (order: Standing) =>
    labelled(order) && live(order).every(({ trackingNumber }) => !seen.has(trackingNumber));
  const move = async (order: Standing) => {
    for (const { trackingNumber } of live(order)) seen.add(trackingNumber);
    const address = { ...apiAddress(recipient(cell)), line1: 'Neue Gasse 9' };
    await world.act(order.id, 'change-address', { address });
  };
  return [
    { when: labelled, act: move },
    { when: moved, act: deliver },
  ];
}

/** The carrier brings every parcel of the order to its door. */
export async function deliverAll(world: World, orderId: string): Promise<void> {
  for (const { number } of await world.sql<{ number: string }>(labelsOf, [orderId])) {
    if (world.brought.has(number)) continue;
    await world.ups.advance(number, 'delivered');
    world.brought.add(number);
  }
}

export const labelsOf = `
  select l.tracking_number as number from label l join label_purchase p on p.id = l.purchase_id
  join parcel c on c.id = p.parcel_id join fulfillment f on f.id = c.fulfillment_id
  where f.order_id = $1 and l.voided_at is null order by 1`;
