/** Orders for the cells, and what is done with them on their way. */
import { shopifyAddress, apiAddress, wooAddress } from '../../support/commerce.ts';
import type { Journey } from './calls.ts';
import { orderId, recipient, type Standing, type World } from './world.ts';

export interface Placed {
  orderId: string;
  /** The recipient's name and street at the carrier. */
  name: string;
  street: string;
  /** By which the shop or the provider knows calls about it. */
  about: string;
  end: 'closed' | 'cancelled';
  /** Labels that were given back on the way of an order that is closed. */
  redone: number;
  /** There is a shop that knows of it. */
  told: boolean;
  /** The engine hears of it. */
  begin(): Promise<unknown>;
  steps: { when: (order: Standing) => boolean; act: (order: Standing) => Promise<unknown> }[];
  /** Attention that was seen already. */
  answered: Set<string>;
  /** What the shop or provider says of its money, minor units, and of its shipments. */
  look(): Promise<Outside>;
}

export interface Outside {
  cancelled: boolean;
  /** Tracking numbers of live shipments. */
  shipments: string[];
  received: number;
  refunds: number[];
}

const nothing = async () => undefined;

export async function place(world: World, journey: Journey, cell: number): Promise<Placed> {
  const [where] = journey.split(',') as [string];
  if (where === 'provider') return atProvider(world, journey, cell);
  return where === 'shop' ? inShop(world, journey, cell) : atSite(world, journey, cell);
}

async function inShop(world: World, journey: Journey, cell: number): Promise<Placed> {
  const { shop } = world;
  const someone = recipient(cell);
  const line = { sku: 'CUP', quantity: 1, price: '2.00', grams: 100 };
  const { id } = await shop.createOrder({
    lines: journey === 'shop, 30 lines' ? Array.from({ length: 30 }, () => line) : [line],
    shippingAddress: shopifyAddress(someone),
    email: someone.email,
  });
  return {
    ...wayOf(world, journey, orderId(shop.storeId, id), cell),
    ...{ about: String(id), begin: nothing },
    async look() {
      const { cancelledAt, fulfillments, received, refunds, transactions } = await shop.order(id);
      const live = fulfillments.filter(({ status }) => status === 'SUCCESS');
      const paid = refunds.flatMap((one) => one.transactions);
      return {
        cancelled: cancelledAt !== null,
        shipments: live.flatMap(({ tracking }) => tracking.numbers),
        received,
        refunds: transactions.filter((one) => paid.includes(one.id)).map(({ amount }) => amount),
      };
    },
  };
}

async function atSite(world: World, journey: Journey, cell: number): Promise<Placed> {
  const { site, system } = world;
  const someone = recipient(cell);
  const way = wayOf(world, journey, '', cell);
  if (journey === 'lost label' || journey === 'unsold label') {
    const fault = journey === 'lost label' ? 'reset-after' : 'reset-before';
    await system.sandbox.fault({ operation: 'ups.ship', fault, times: 1, about: way.name });
  }
  const { id } = await site.createOrder({
    lines: [{ sku: 'CUP', quantity: 1, price: '2.00' }],
    shippingAddress: wooAddress(someone),
    email: someone.email,
    paymentMethod: 'stripe',
  });
  return {
    ...way,
    ...{ orderId: orderId(site.storeId, id), about: String(id), begin: nothing },
    async look() {
      const { status, meta, notes, total, refunds } = await site.order(id);
      const items = meta.flatMap(({ key, value }) =>
        key === '_wc_shipment_tracking_items' ? (value as { tracking_number: string }[]) : [],
      );
      const told = notes.filter(({ customerNote }) => customerNote).length;
      if (told !== 1) throw new Error(`the customer was told ${told} times`);
      return {
        cancelled: status === 'cancelled' || status === 'refunded',
        shipments: items.map((item) => item.tracking_number),
        received: total,
        refunds: refunds.map(({ amount }) => amount),
      };
    },
  };
}

async function atProvider(world: World, journey: Journey, cell: number): Promise<Placed> {
  const { system, stripe, ownStore: store } = world;
  const someone = recipient(cell);
  const externalId = `own-${cell}`;
  const state = journey === 'provider' ? 'authorized' : 'paid';
  const { id: intent } = await stripe.pay({ amount: 200, currency: 'eur', state });
  const order = {
    ...{ store, externalId, currency: 'EUR', lines: [{ sku: 'CUP', quantity: 1, unitPrice: '2.00' }] },
    ...{ shippingAddress: apiAddress(someone), total: '2.00', customer: { email: someone.email } },
    payment: { state, provider: 'stripe', externalId: intent },
  };
  return {
    ...wayOf(world, journey, orderId(store, externalId), cell),
    ...{ about: intent, begin: () => system.api.post('/v1/orders', order) },
    async look() {
      const charges = (await stripe.charges()).filter((one) => one.intent === intent);
      const given = (await stripe.refunds()).filter((one) => one.intent === intent);
      return {
        cancelled: true,
        shipments: [],
        received: charges.reduce((sum, one) => sum + one.amountCaptured, 0),
        refunds: given.map(({ amount }) => amount),
      };
    },
  };
}

/** What a person and the carrier do on the way. */
function wayOf(world: World, journey: Journey, id: string, cell: number) {
  const { firstName, lastName, street } = recipient(cell);
  const atShop = !journey.startsWith('provider');
  const live = (order: Standing) => order.fulfillments.filter(({ stage }) => stage === 'labelled');
  const labelled = (order: Standing) =>
    live(order).length > 0 &&
    live(order).every(({ told }) => told || !atShop) &&
    order.conditions.length === 0;
  const seen = new Set<string | null>();
  const moved = (order: Standing) =>
    labelled(order) && live(order).every(({ trackingNumber }) => !seen.has(trackingNumber));
  const way: Pick<Placed, 'orderId' | 'name' | 'street' | 'end' | 'redone' | 'told' | 'steps' | 'answered'> =
    {
      ...{ orderId: id, name: `${firstName} ${lastName}`, street, answered: new Set<string>() },
      end: journey.endsWith('cancelled') ? 'cancelled' : 'closed',
      ...{ redone: journey === 'shop, moved' ? 1 : 0, told: atShop },
      steps: [],
    };
  const deliver = async (order: Standing) => {
    const numbers = await world.system.sql<{ number: string }>(labelsOf, [order.id]);
    for (const { number } of numbers) await world.ups.advance(number, 'delivered');
  };
  if (way.end === 'cancelled')
    way.steps.push({ when: labelled, act: (order) => world.act(order.id, 'cancel') });
  else if (journey !== 'shop, moved') way.steps.push({ when: labelled, act: deliver });
  else {
    const address = { ...apiAddress(recipient(cell)), line1: 'Neue Gasse 9' };
    const move = async (order: Standing) => {
      for (const { trackingNumber } of live(order)) seen.add(trackingNumber);
      await world.act(order.id, 'change-address', { address });
    };
    way.steps.push({ when: labelled, act: move }, { when: moved, act: deliver });
  }
  return way;
}

export const labelsOf = `
  select l.tracking_number as number from label l join label_purchase p on p.id = l.purchase_id
  join parcel c on c.id = p.parcel_id join fulfillment f on f.id = c.fulfillment_id
  where f.order_id = $1 and l.voided_at is null order by 1`;
