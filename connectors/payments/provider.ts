import type { z } from 'zod';
import type { PaymentFact, PaymentState, RefundFact } from '../../domain/order.ts';

/** A customer asks their bank for the money back. */
export interface DisputeFact {
  externalId: string;
  amount: number;
  currency: string;
  /** The provider's own word: `product_not_received`. */
  reason: string;
  state: 'open' | 'won' | 'lost';
  /** Until when evidence counts, RFC 3339; null where the provider does not say. */
  respondBy: string | null;
  at: string;
}

/** One payment as its provider holds it now. Amounts are minor units as ISO 4217 has them, not the provider's own. */
export interface ProviderPayment {
  externalId: string;
  state: PaymentState;
  payments: PaymentFact[];
  /** What has been given back or is on its way. */
  refunds: RefundFact[];
  /** Ids of refunds whose money came back to us. */
  failedRefunds: string[];
  disputes: DisputeFact[];
  /** Authorized and not captured yet. */
  capturable: number;
  /** When the authorization ends by itself, RFC 3339; null where there is none, or the provider does not say. */
  captureBefore: string | null;
}

/** An account at a provider, called by its base URL and credentials. Every method throws `PartyFailure`. */
export interface PaymentClient {
  read(paymentExternalId: string): Promise<ProviderPayment>;
  /** Takes what was authorized. Captured already by the same key or another: what was captured. */
  capture(request: MoneyRequest): Promise<PaymentFact>;
  refund(request: MoneyRequest & { reason: string }): Promise<RefundFact>;
}

export interface MoneyRequest {
  paymentExternalId: string;
  amount: number;
  currency: string;
  /** Repeats with the same key move no more money. */
  key: string;
}

export interface PaymentEvent {
  /** The provider's id of the event; duplicates share it. */
  key: string;
  /** null: the event is of no payment. */
  paymentExternalId: string | null;
  topic: string;
}

export interface PaymentWebhooks {
  verify(rawBody: Buffer, headers: Record<string, string | undefined>, secret: string): boolean;
  /** Throws `UnusableWebhook` (see storefronts/storefront.ts) when the signed body can't be used. */
  parse(rawBody: Buffer): PaymentEvent;
}

export interface PaymentAccount {
  id: string;
  provider: string;
  url: string;
  /** Parsed by the provider's own schema. */
  credentials: unknown;
}

/** A payment provider: one folder and one line in the registry. */
export interface PaymentProvider {
  name: string;
  /** What people read: "Stripe". */
  title: string;
  /** Where its API is unless an account says another place. */
  url: string;
  credentials: z.ZodType;
  connect(account: PaymentAccount): PaymentClient;
  webhooks: PaymentWebhooks | null;
}
