import { IsolationLevel } from '@mikro-orm/core';
import type { Database, Em } from '../database.ts';
import type { Check, Found, Mend } from './proof-check.ts';
import { claimChecks } from './proof-claims.ts';
import { counterChecks } from './proof-counters.ts';
import { documentChecks } from './proof-documents.ts';

/** The step of every case that the proof opens. */
export const PROOF_STEP = 'stock_proof';

/** Something that two places in the database say differently, named to the row. */
export interface Difference {
  /** Stable, one per kind: `lot_on_hand_differs`. */
  reason: string;
  /** The row: its table and key, `stock_level/BER/MUG`. */
  subject: string;
  sku: string;
  /** null where the row has none. */
  warehouse: string | null;
  says: string;
  should: string;
  /** For people: what is wrong, what to look at, and what to do. */
  sentence: string;
  mend: Mend | null;
}

export const checks: readonly Check[] = [...counterChecks, ...claimChecks, ...documentChecks];

export interface ProofFacts {
  /** When the snapshot was taken, RFC 3339. */
  at: string;
  /** Rows compared, by kind. */
  checked: Record<string, number>;
  differences: Difference[];
}

/**
 * Computes every number of stock anew from the rows that it is made of. All in one snapshot: what others commit
 * meanwhile is either wholly in it or not at all, so it never looks like a difference. Takes no locks.
 */
export async function readProof(orm: Database): Promise<ProofFacts> {
  return orm.em.fork().transactional(
    async (em) => {
      const [{ at, ...checked } = { at: '' }] = await em.execute<({ at: string } & Record<string, number>)[]>(
        `select to_jsonb(now()) #>> '{}' as at,
                (select count(*)::int from stock_level) as levels,
                (select count(*)::int from lot) as lots,
                (select count(*)::int from stock_movement) as movements,
                (select count(*)::int from claim) as claims,
                (select count(*)::int from reservation) as reservations,
                (select count(*)::int from stock_wait) as waits,
                (select count(*)::int from purchase_order_line) as "purchaseOrderLines",
                (select count(*)::int from transfer_line) as "transferLines"`,
      );
      return { at, checked, differences: await readDifferences(em) };
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}

/** All, or those of one SKU, or of one reason. */
export async function readDifferences(
  em: Em,
  only: { sku?: string; reason?: string } = {},
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { reason, mend, sql, words } of checks) {
    if (only.reason !== undefined && only.reason !== reason) continue;
    const found = await em.execute<Found[]>(
      `select * from (${sql}) found ${only.sku === undefined ? '' : 'where sku = ?'} order by subject`,
      only.sku === undefined ? [] : [only.sku],
    );
    for (const row of found) {
      const { about: _, ...named } = row;
      differences.push({ reason, ...named, sentence: words(row), mend });
    }
  }
  return differences;
}
