/** One order in a shop, at a site, or of our own with a payment at a provider, and what is said of it there. */
import { apiAddress, shopifyAddress, wooAddress } from '../support/commerce.ts';
import { orderIdOf } from '../../db/order-id.ts';
import { recipient, type World } from './world.ts';

export type Where = 'shop' | 'site' | 'provider';

export interface Wanted {
  /** Units of each line. */
  lines: number[];
  /** A payment at a provider is only authorized. */
  authorized: boolean;
  /** The shop has it on hold from its first moment on. */
  held?: boolean;
}

export interface Sold {
  orderId: string;
  /** The recipient's name and street at the carrier. */
  name: string;
  street: string;
  /** By which the shop or the provider knows calls about it. */
  about: string;
  /** There is a shop that knows of it. */
  told: boolean;
  /** The engine hears of it. */
  begin(): Promise<unknown>;
  /** The merchant cancels it there, and gives the money back. */
  cancelThere(): Promise<unknown>;
  /** The merchant puts it on hold there, or releases it. */
  holdThere(held: boolean): Promise<unknown>;
  /** What the shop or provider says of its money, minor units, and of its shipments. */
  look(): Promise<Outside>;
}

interface Outside {
  cancelled: boolean;
  /** Tracking numbers of live shipments. */
  shipments: string[];
  /** How often the customer was told of one; null where that is the shop's business. */
  customerTold: number | null;
  received: number;
  refunds: number[];
}

const nothing = async () => undefined;
const price = { amount: '2.00', minor: 200 };

export async function sell(world: World, where: Where, number: number, wanted: Wanted): Promise<Sold> {
  const { firstName, lastName, street } = recipient(number);
  const common = { name: `${firstName} ${lastName}`, street, told: where !== 'provider' };
  if (where === 'provider') return { ...common, ...(await atProvider(world, number, wanted)) };
  return { ...common, ...(await (where === 'shop' ? inShop : atSite)(world, number, wanted)) };
}

type Part = Omit<Sold, 'name' | 'street' | 'told'>;

async function inShop({ shop }: World, number: number, { lines, held }: Wanted): Promise<Part> {
  const someone = recipient(number);
  const { id } = await shop.createOrder({
    lines: lines.map((quantity) => ({ sku: 'CUP', quantity, price: price.amount, grams: 100 })),
    shippingAddress: shopifyAddress(someone),
    email: someone.email,
    ...(held && { hold: 'OTHER' }),
  });
  return {
    ...{ orderId: orderIdOf(shop.storeId, String(id)), about: String(id), begin: nothing },
    holdThere: (hold) => shop.edit(id, { hold: hold ? 'HIGH_RISK_OF_FRAUD' : null }),
    cancelThere: () => shop.cancel(id, { reason: 'CUSTOMER', refund: true, restock: false }),
    async look() {
      const { cancelledAt, fulfillments, received, refunds, transactions } = await shop.order(id);
      const live = fulfillments.filter(({ status }) => status === 'SUCCESS');
      const paid = refunds.flatMap((one) => one.transactions);
      return {
        ...{ cancelled: cancelledAt !== null, received, customerTold: null },
        shipments: live.flatMap(({ tracking }) => tracking.numbers),
        refunds: transactions.filter((one) => paid.includes(one.id)).map(({ amount }) => amount),
      };
    },
  };
}

async function atSite({ site }: World, number: number, { lines }: Wanted): Promise<Part> {
  const someone = recipient(number);
  const { id } = await site.createOrder({
    lines: lines.map((quantity) => ({ sku: 'CUP', quantity, price: price.amount })),
    shippingAddress: wooAddress(someone),
    email: someone.email,
    paymentMethod: 'stripe',
  });
  return {
    ...{ orderId: orderIdOf(site.storeId, String(id)), about: String(id), begin: nothing },
    holdThere: nothing,
    async cancelThere() {
      const { total, refunded } = await site.order(id);
      await site.cancel(id);
      if (total > refunded) await site.refund(id, { amount: ((total - refunded) / 100).toFixed(2) });
    },
    async look() {
      const { status, meta, notes, total, refunds } = await site.order(id);
      const items = meta.flatMap(({ key, value }) =>
        key === '_wc_shipment_tracking_items' ? (value as { tracking_number: string }[]) : [],
      );
      return {
        cancelled: status === 'cancelled' || status === 'refunded',
        shipments: items.map((item) => item.tracking_number),
        customerTold: notes.filter(({ customerNote }) => customerNote).length,
        received: total,
        refunds: refunds.map(({ amount }) => amount),
      };
    },
  };
}

async function atProvider(world: World, number: number, { lines, authorized }: Wanted): Promise<Part> {
  const { system, stripe, ownStore: store } = world;
  const someone = recipient(number);
  const externalId = `own-${number}`;
  const state = authorized ? 'authorized' : 'paid';
  const amount = lines.reduce((sum, quantity) => sum + quantity * price.minor, 0);
  const { id: intent } = await stripe.pay({ amount, currency: 'eur', state });
  const order = {
    ...{ store, externalId, currency: 'EUR', total: (amount / 100).toFixed(2) },
    lines: lines.map((quantity, index) => ({
      ...{ externalId: String(index + 1), sku: 'CUP', quantity, unitPrice: price.amount },
    })),
    ...{ shippingAddress: apiAddress(someone), customer: { email: someone.email } },
    payment: { state, provider: 'stripe', externalId: intent },
  };
  return {
    ...{ orderId: orderIdOf(store, externalId), about: intent, holdThere: nothing, cancelThere: nothing },
    begin: () =>
      system.until('the order is taken', () => system.api.post('/v1/orders', order, `new/${externalId}`)),
    async look() {
      const charges = await stripe.charges(intent);
      const given = await stripe.refunds(intent);
      return {
        ...{ cancelled: true, shipments: [], customerTold: null },
        received: charges.reduce((sum, one) => sum + one.amountCaptured, 0),
        refunds: given.map((one) => one.amount),
      };
    },
  };
}
