import type { PaymentProvider } from './provider.ts';
import { stripe } from './stripe/provider.ts';

export interface PaymentRegistry {
  all: readonly PaymentProvider[];
  /** null where no such provider is registered. */
  find(name: string): PaymentProvider | null;
}

/** Throws when two providers share a name. */
export function createPaymentRegistry(all: readonly PaymentProvider[]): PaymentRegistry {
  const byName = new Map(all.map((provider) => [provider.name, provider]));
  if (byName.size < all.length)
    throw new Error(`Payment providers share a name: ${all.map((one) => one.name).join(', ')}`);
  return { all, find: (name) => byName.get(name) ?? null };
}

/** A new provider is its folder and its place in this list. */
export const payments = createPaymentRegistry([stripe]);
