import { retryDelaySeconds } from '../../domain/alerts.ts';
import type { AlertNews } from '../../domain/alerts.ts';
import type { Em } from '../database.ts';

/** One alert to be told to one endpoint now. */
export interface DueDelivery extends AlertNews {
  id: string;
  /** This one included. */
  attempts: number;
  alertId: string;
  openedAt: string;
  endpointId: string;
  channel: 'email' | 'webhook';
  target: string;
  /** Sealed. */
  secret: string | null;
  removed: boolean;
}

/** Of one endpoint at a time: one that is slow takes up no more. */
const PER_ENDPOINT = 5;

/**
 * Takes what is due for two minutes, longer than any attempt lasts: a process that dies with it leaves it due again.
 * Each is taken by one process.
 */
export async function takeDue(em: Em, limit: number): Promise<DueDelivery[]> {
  return em.execute<DueDelivery[]>(
    `with due as (
       select id from alert_delivery where state = 'due' and due_at <= now() and id in (
         select id from (
           select id, row_number() over (partition by endpoint_id order by due_at, id) as place
           from alert_delivery where state = 'due' and due_at <= now()) q
         where place <= ${PER_ENDPOINT})
       order by due_at, id limit ? for update skip locked)
     update alert_delivery d set due_at = now() + interval '2 minutes', attempts = attempts + 1
     from due, alert a, alert_endpoint e
     where d.id = due.id and a.id = d.alert_id and e.id = d.endpoint_id
     returning d.id, d.attempts, a.id as "alertId", a.kind, a.warehouse, a.sku, a.facts,
       to_jsonb(a.opened_at) #>> '{}' as "openedAt", e.id as "endpointId", e.channel, e.target, e.secret,
       e.deleted_at is not null as removed`,
    [limit],
  );
}

export async function markDelivered(em: Em, { id }: DueDelivery): Promise<void> {
  await em.execute(
    `update alert_delivery set state = 'delivered', delivered_at = now(), last_error = null where id = ?`,
    [id],
  );
}

/** Later again, or never more. A newer attempt by another process stays as it is. */
export async function markFailed(em: Em, { id, attempts }: DueDelivery, error: string): Promise<void> {
  const seconds = retryDelaySeconds(attempts);
  await em.execute(
    `update alert_delivery set last_error = ?, state = ?, due_at = now() + make_interval(secs => ?)
     where id = ? and attempts = ? and state = 'due'`,
    [error, seconds === null ? 'given_up' : 'due', seconds ?? 0, id, attempts],
  );
}

/** Nothing goes there any more. */
export async function giveUpEndpoint(em: Em, endpointId: string): Promise<void> {
  await em.execute(
    `update alert_delivery set state = 'given_up', last_error = 'endpoint-removed'
     where endpoint_id = ? and state = 'due'`,
    [endpointId],
  );
}
