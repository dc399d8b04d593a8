import type { Money } from './money.ts';
import type { Address } from './order.ts';

/** One box with all that a carrier must know of it. */
export interface Box {
  weightGrams: number;
  dimensions: { length: number; width: number; height: number };
  from: Address;
  items: {
    sku: string;
    quantity: number;
    title: string;
    weightGrams: number;
    hsCode: string | null;
    originCountry: string | null;
    /** Minor units of the order's currency. */
    unitPrice: number;
  }[];
}

/** What a carrier is asked about one box. `reference` is printed on the label and finds it again. */
export function describeShipment(
  { weightGrams, dimensions, from, items }: Box,
  { to, currency, reference }: { to: Address; currency: string; reference: string },
) {
  return {
    from,
    to,
    parcel: { weightGrams, dimensions },
    items: items.map(({ unitPrice, ...item }) => ({
      ...item,
      unitValue: { minor: unitPrice, currency } satisfies Money,
    })),
    reference,
  };
}
