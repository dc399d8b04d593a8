import type { Client } from '@temporalio/client';
import { noticeExpiringAuthorizations } from '../activities/authorizations.ts';
import { backfillDueStores } from '../activities/backfill.ts';
import type { ActivityDeps } from '../activities/deps.ts';
import { pushStock } from '../activities/stock-push.ts';
import { pollTracking } from '../activities/tracking.ts';
import type { Config } from '../config/environment.ts';
import { proveStockWhenDue } from '../db/stock/proof.ts';
import { deliverAlerts, watchAlerts } from './loops/alerts.ts';
import { startBulks } from './loops/bulks.ts';
import { every } from './loops/every.ts';
import { expireDueLots } from './loops/expiry.ts';
import { askForLostLabels } from './loops/lost-labels.ts';
import { drainCarrierMail, drainMail, drainPaymentMail } from './loops/mail.ts';
import { dispatchOutbox } from './loops/outbox.ts';
import { drainPrivacyMail, eraseEnded, forgetOld } from './loops/privacy.ts';
import { resumeStranded } from './loops/sweep.ts';

type Intervals = Pick<
  Config,
  | 'backfillIntervalSeconds'
  | 'trackingIntervalSeconds'
  | 'stockPushIntervalSeconds'
  | 'sweepIntervalSeconds'
  | 'proofIntervalSeconds'
  | 'alertsIntervalSeconds'
  | 'lotExpiryAlertDays'
  | 'mail'
  | 'inboxRetentionDays'
  | 'labelRetentionDays'
  | 'retentionIntervalSeconds'
>;

/** What runs beside the workflows. Any number of worker processes may run all of it. */
export async function runLoops(
  deps: ActivityDeps,
  client: Client,
  intervals: Intervals,
  signal: AbortSignal,
  countFailure: (loop: string, by?: number) => void,
): Promise<void> {
  const loop = (name: string, seconds: number, work: () => Promise<boolean>) => {
    countFailure(name, 0);
    return every({ name, seconds, log: deps.log, signal, onFailure: () => countFailure(name) }, work);
  };
  const { backfillIntervalSeconds, trackingIntervalSeconds, stockPushIntervalSeconds } = intervals;
  await Promise.all([
    loop('outbox', 0.2, () => dispatchOutbox(deps, client)),
    loop('bulks', 1, () => startBulks(deps, client)),
    loop('mail', 1, () => drainMail(deps, client)),
    loop('carrier-mail', 1, () => drainCarrierMail(deps)),
    loop('payment-mail', 1, () => drainPaymentMail(deps, client)),
    loop('backfill', Math.min(5, backfillIntervalSeconds), async () => {
      await backfillDueStores(deps, backfillIntervalSeconds);
      return false;
    }),
    loop('tracking', Math.min(2, trackingIntervalSeconds), async () => {
      return (await pollTracking(deps, trackingIntervalSeconds)) === 50;
    }),
    loop('sweep', intervals.sweepIntervalSeconds, async () => {
      await resumeStranded(deps, client);
      return false;
    }),
    loop('lost-labels', intervals.sweepIntervalSeconds, async () => {
      await askForLostLabels(deps, client);
      return false;
    }),
    loop('stock-proof', 60, async () => {
      await proveStockWhenDue(deps.orm, intervals.proofIntervalSeconds);
      return false;
    }),
    loop('privacy-mail', 5, () => drainPrivacyMail(deps)),
    loop('erasure', 5, () => eraseEnded(deps)),
    loop('retention', intervals.retentionIntervalSeconds, () =>
      forgetOld(deps, { inboxDays: intervals.inboxRetentionDays, labelDays: intervals.labelRetentionDays }),
    ),
    loop('authorizations', 60, () => noticeExpiringAuthorizations(deps)),
    loop('expiry', 60, () => expireDueLots(deps)),
    loop('alerts', intervals.alertsIntervalSeconds, () => watchAlerts(deps, intervals.lotExpiryAlertDays)),
    loop('alert-delivery', 2, () => deliverAlerts(deps, intervals.mail)),
    loop('stock-push', stockPushIntervalSeconds, async () => {
      await pushStock(deps);
      return false;
    }),
  ]);
}
