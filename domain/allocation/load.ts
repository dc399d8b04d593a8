import type { Bundle } from './price.ts';

/** What a warehouse is to ship, and what that takes: computed once, until the units change. */
export class Loaded {
  readonly units = new Map<string, number>();
  bundle: (Bundle & { grams: number; count: number }) | null = null;

  put(sku: string, quantity: number): void {
    if ((this.units.get(sku) ?? 0) === quantity) return;
    if (quantity > 0) this.units.set(sku, quantity);
    else this.units.delete(sku);
    this.bundle = null;
  }
}

/** Goods that no warehouse has been given yet. */
export class Rest {
  private cheapest = Infinity;
  private grams: number;

  constructor(grams: number) {
    this.grams = grams;
  }

  /** A warehouse that has so many grams for so much, and sends none for less than `perGram`: it may take more for the same. */
  fill(grams: number, paid: number, perGram: number): void {
    this.cheapest = Math.min(this.cheapest, perGram);
    this.grams -= perGram > 0 ? Math.max(0, paid / perGram - grams) : Infinity;
  }

  /** What it costs at least, a whole number: less what comes of counting in fractions. */
  least(): number {
    return this.grams > 0 && this.cheapest < Infinity ? Math.ceil(this.grams * this.cheapest - 1e-6) : 0;
  }
}
