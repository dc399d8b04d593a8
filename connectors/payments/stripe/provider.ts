import type { PaymentProvider } from '../provider.ts';
import { createStripe, stripeCredentials } from './client.ts';
import { capture, readPayment, refund } from './payment.ts';
import { stripeWebhooks } from './webhooks.ts';

/** Stripe, by its own library. A payment is a PaymentIntent. */
export const stripe: PaymentProvider = {
  name: 'stripe',
  title: 'Stripe',
  url: 'https://api.stripe.com',
  credentials: stripeCredentials,
  connect(account) {
    const client = createStripe(account);
    return {
      read: (id) => readPayment(client, id),
      capture: (request) => capture(client, request),
      refund: (request) => refund(client, request),
    };
  },
  webhooks: stripeWebhooks,
};
