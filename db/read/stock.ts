import type { Em } from '../database.ts';
import type { lotStates } from '../entities/stock.ts';

export interface LotFacts {
  warehouse: string;
  number: string;
  onHand: number;
  state: (typeof lotStates)[number];
  /** YYYY-MM-DD */
  expiresAt: string | null;
  receivedAt: Date;
  unitCost: number;
  currency: string;
}

export interface LevelFacts {
  warehouse: string;
  onHand: number;
  reserved: number;
  available: number;
  lots: LotFacts[];
}

/** One SKU in every warehouse that ever had it; lots that hold something, first to be used first. null: no such SKU. */
export async function readStock(em: Em, sku: string): Promise<LevelFacts[] | null> {
  const [product] = await em.execute('select 1 from product where sku = ?', [sku]);
  if (!product) return null;
  const levels = await em.execute<Omit<LevelFacts, 'lots'>[]>(
    `select warehouse, on_hand as "onHand", claimed as reserved, on_hand - unavailable - claimed as available
     from stock_level where sku = ? order by warehouse`,
    [sku],
  );
  const lots = await em.execute<(Omit<LotFacts, 'receivedAt'> & { receivedAt: string })[]>(
    `select warehouse, number, on_hand as "onHand", state, expires_at::text as "expiresAt",
            to_jsonb(received_at) #>> '{}' as "receivedAt", unit_cost::float8 as "unitCost", currency
     from lot where sku = ? and on_hand > 0 order by warehouse, expires_at nulls last, received_at, number`,
    [sku],
  );
  const ofWarehouse = Map.groupBy(lots, ({ warehouse }) => warehouse);
  return levels.map((level) => ({
    ...level,
    lots: (ofWarehouse.get(level.warehouse) ?? []).map((lot) => ({
      ...lot,
      receivedAt: new Date(lot.receivedAt),
    })),
  }));
}

/** Which of these are not there. */
export async function missingProducts(em: Em, skus: readonly string[]): Promise<Set<string>> {
  if (skus.length === 0) return new Set();
  const known = await em.execute<{ sku: string }[]>('select sku from product where sku in (?)', [[...skus]]);
  const there = new Set(known.map(({ sku }) => sku));
  return new Set(skus.filter((sku) => !there.has(sku)));
}
