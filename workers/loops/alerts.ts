import type { ActivityDeps } from '../../activities/deps.ts';
import { type MailSettings, sendEmail } from '../../connectors/alerts/email.ts';
import type { AlertMessage } from '../../connectors/alerts/message.ts';
import { sendWebhook } from '../../connectors/alerts/webhook.ts';
import { PartyFailure } from '../../connectors/failure.ts';
import {
  type DueDelivery,
  giveUpEndpoint,
  markDelivered,
  markFailed,
  takeDue,
} from '../../db/alerts/deliveries.ts';
import { watchStock } from '../../db/alerts/watch.ts';
import { places } from '../../db/secrets.ts';
import { describeAlert } from '../../domain/alerts.ts';
import { eachGroup } from './each-group.ts';

const BATCH = 50;

/** Opens and closes alerts. Never more at once: each run looks at everything. */
export async function watchAlerts(
  { orm, clock }: Pick<ActivityDeps, 'orm' | 'clock'>,
  expiryDays: number,
): Promise<boolean> {
  await watchStock(orm, clock(), expiryDays);
  return false;
}

type Deps = Pick<ActivityDeps, 'orm' | 'secrets' | 'clock'>;

/**
 * Sends what is due, at least once, all of it beside each other, so that an endpoint that fails or is slow holds up no
 * other. What fails is tried again later, or given up, as its row says. True: there may be more.
 */
export async function deliverAlerts(deps: Deps, mail: MailSettings | null): Promise<boolean> {
  const em = deps.orm.em.fork();
  const due = await takeDue(em, BATCH);
  await eachGroup(
    due.map((delivery) => [delivery]),
    async (delivery) => {
      if (delivery.removed) return giveUpEndpoint(em, delivery.endpointId);
      try {
        await send(deps, mail, delivery);
      } catch (error) {
        return fail(deps, delivery, error);
      }
      await markDelivered(em, delivery);
    },
  );
  return due.length === BATCH;
}

/** Of what is no failure of the other side, the loop is told too. */
async function fail({ orm }: Deps, delivery: DueDelivery, error: unknown): Promise<void> {
  const known = error instanceof PartyFailure;
  const code = known ? error.code : error instanceof Error ? error.name : 'unknown';
  await markFailed(orm.em.fork(), delivery, code);
  if (!known) throw error;
}

async function send(
  { secrets, clock }: Deps,
  mail: MailSettings | null,
  delivery: DueDelivery,
): Promise<void> {
  const message = messageOf(delivery);
  const { channel, target, endpointId, secret } = delivery;
  if (channel === 'webhook') {
    const opened = secrets.open<string>(secret ?? '', places.alertEndpointSecret(endpointId));
    return sendWebhook({ url: target, secret: opened }, message, clock());
  }
  if (!mail)
    throw new PartyFailure('No SMTP server is configured', {
      ...{ party: 'smtp', kind: 'retry', effect: 'none', code: 'smtp-not-configured' },
    });
  return sendEmail(mail, target, message);
}

function messageOf({ id, alertId, kind, warehouse, sku, facts, openedAt }: DueDelivery): AlertMessage {
  const at = new Date(openedAt).toISOString();
  const data = { id: alertId, kind, warehouse, sku, openedAt: at, facts };
  return { id, at, data, ...describeAlert({ kind, warehouse, sku, facts }) };
}
