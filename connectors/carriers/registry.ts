import type { Carrier } from './carrier.ts';
import { manual } from './manual/carrier.ts';
import { createUps } from './ups/carrier.ts';

export interface CarrierRegistry {
  all: readonly Carrier[];
  /** null where no such carrier is registered. */
  find(name: string): Carrier | null;
}

/** Throws when two carriers share a name. */
export function createCarrierRegistry(all: readonly Carrier[]): CarrierRegistry {
  const byName = new Map(all.map((carrier) => [carrier.name, carrier]));
  if (byName.size < all.length)
    throw new Error(`Carriers share a name: ${all.map((one) => one.name).join(', ')}`);
  return { all, find: (name) => byName.get(name) ?? null };
}

/** A new carrier is its folder and its place in this list. */
export const carriers = createCarrierRegistry([createUps(), manual]);
