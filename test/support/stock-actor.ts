/** A process that performs operations on stock, many at once. Arguments: the database's URL, and its connections. */
import { pino } from 'pino';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createCarrierRegistry } from '../../connectors/carriers/registry.ts';
import { payments } from '../../connectors/payments/registry.ts';
import { createStorefrontRegistry } from '../../connectors/storefronts/registry.ts';
import { openDatabase } from '../../db/database.ts';
import { createSecrets } from '../../db/secrets.ts';
import { perform, type StockOperation } from './stock-operations.ts';

/** What never may happen, in words; null: it was done, or refused as it may be. */
export interface Performed {
  number: number;
  defect: string | null;
}

const [, , url, connections] = process.argv;
const deps: ActivityDeps = {
  orm: await openDatabase(url!, Number(connections)),
  secrets: createSecrets([Buffer.alloc(32, 'test')]),
  storefronts: createStorefrontRegistry([]),
  carriers: createCarrierRegistry([]),
  payments,
  clock: () => new Date('2026-11-24T12:00:00Z'),
  log: pino({ level: 'silent' }),
  labelSettleMs: 0,
  trackingIntervalSeconds: 0,
};

process.on('message', ({ number, operation }: { number: number; operation: StockOperation }) => {
  perform(deps, operation).then(
    () => answer({ number, defect: null }),
    (error: unknown) =>
      answer({ number, defect: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => void deps.orm.close(true).then(() => process.exit(0)));
const answer = (performed: Performed) => process.send!(performed);
process.send!('ready');
