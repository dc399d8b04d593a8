import Stripe from 'stripe';
import { z } from 'zod';
import { UnusableWebhook } from '../../storefronts/storefront.ts';
import type { PaymentWebhooks } from '../provider.ts';

/** Older signatures are refused, as Stripe advises: who copied a request can't send it again. */
const TOLERANCE_SECONDS = 300;

const event = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  data: z.object({
    object: z.object({
      id: z.string().optional(),
      object: z.string(),
      payment_intent: z
        .union([z.string(), z.object({ id: z.string() })])
        .nullish()
        .transform((value) => (typeof value === 'object' && value !== null ? value.id : value)),
    }),
  }),
});

/** `Stripe-Signature: t=…,v1=…` over `t.body`. The event names the payment; what is true is read from Stripe. */
export const stripeWebhooks: PaymentWebhooks = {
  verify(rawBody, headers, secret) {
    const signature = headers['stripe-signature'];
    if (signature === undefined) return false;
    try {
      return Stripe.webhooks.signature!.verifyHeader(rawBody, signature, secret, TOLERANCE_SECONDS);
    } catch {
      // Whatever is wrong with it, it is not believed.
      return false;
    }
  },
  parse(rawBody) {
    let body: unknown;
    try {
      body = JSON.parse(rawBody.toString('utf8'));
    } catch {
      throw new UnusableWebhook('The body is no JSON');
    }
    const parsed = event.safeParse(body);
    if (!parsed.success) throw new UnusableWebhook('The body is no event of Stripe');
    const { id, type, data } = parsed.data;
    const { object } = data;
    const payment = object.object === 'payment_intent' ? object.id : object.payment_intent;
    return { key: id, topic: type, paymentExternalId: payment ?? null };
  },
};
