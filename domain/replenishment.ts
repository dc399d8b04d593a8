/** When and how much of a SKU is to be bought for a warehouse: reorder point, order up to a level (periodic s, S). */

/** Days over which sales are looked at. */
export const VELOCITY_DAYS = 28;

export interface ReplenishmentRule {
  reorderPoint: number;
  safetyStock: number;
  leadTimeDays: number;
  coverDays: number;
  /** Bought in multiples of it. */
  packSize: number;
}

/** Units, all of them whole. */
export interface SupplyFacts {
  /** Sellable and promised to nobody. */
  available: number;
  /** Wanted by orders that wait for it. */
  waiting: number;
  /** Bought or on its way here, and not come yet. */
  incoming: number;
  /** Shipped to customers in the last `VELOCITY_DAYS`. */
  sold: number;
}

export interface Suggestion {
  /** Units a day. */
  velocity: number;
  /** How long what is available lasts, to a tenth of a day, rounded down; null where nothing is sold. */
  daysOfCover: number | null;
  /** What there will be when all that is coming has come and all that wait are served; below 0: too little was bought. */
  position: number;
  /** The position is at the reorder point or under it. */
  low: boolean;
  /** 0 unless `low`. */
  suggestedQuantity: number;
}

/**
 * Buys, once the position is at the reorder point or under it, up to what sells during lead time and cover, and the
 * safety stock: sold per day × (lead time + cover) + safety stock − position, rounded up to whole packs.
 */
export function suggest(rule: ReplenishmentRule, facts: SupplyFacts): Suggestion {
  const { available, waiting, incoming, sold } = facts;
  const position = available + incoming - waiting;
  const low = position <= rule.reorderPoint;
  return {
    velocity: Math.round((sold / VELOCITY_DAYS) * 1_000) / 1_000,
    daysOfCover: sold === 0 ? null : Math.floor((available * VELOCITY_DAYS * 10) / sold) / 10,
    position,
    low,
    suggestedQuantity: low ? packed(missing(rule, sold, position), VELOCITY_DAYS, rule.packSize) : 0,
  };
}

/** In units × `VELOCITY_DAYS`, so that nothing is rounded before the last step. */
const missing = (rule: ReplenishmentRule, sold: number, position: number) =>
  sold * (rule.leadTimeDays + rule.coverDays) + (rule.safetyStock - position) * VELOCITY_DAYS;

function packed(parts: number, perUnit: number, packSize: number): number {
  return parts <= 0 ? 0 : Math.ceil(parts / (perUnit * packSize)) * packSize;
}
