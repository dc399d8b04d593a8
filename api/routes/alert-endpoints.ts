import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import { z } from 'zod';
import { giveUpEndpoint } from '../../db/alerts/deliveries.ts';
import { recordAudit } from '../../db/audit.ts';
import { type AlertEndpoint, AlertEndpointSchema } from '../../db/entities/planning.ts';
import { places } from '../../db/secrets.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { alertEndpoint, alertKind, createdAlertEndpoint, newAlertEndpoint } from '../schemas/alerts.ts';
import { idParams } from '../schemas/common.ts';

/** Where alerts go. */
export function alertEndpointRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(), remove()];
}

const tag = 'Planning';

function create(deps: ApiDeps): Route {
  return route('POST /v1/alert-endpoints', {
    summary: 'Send alerts to an address',
    description:
      'By email, or as a webhook that is signed after Standard Webhooks (https://www.standardwebhooks.com) with a secret that is answered here and never again. Alerts that are opened from now on go there, at least once each.',
    tag,
    body: newAlertEndpoint,
    answer: { status: 201, description: 'Added', schema: createdAlertEndpoint },
    problems: ['conflict'],
    transaction: true,
    sealed: true,
    async handle({ body, caller, em }) {
      const { channel, target, kinds } = body;
      if (channel === 'email' && !deps.config.mail)
        throw invalid({
          field: 'channel',
          message: 'can not be email: SMTP_URL and ALERTS_FROM are not set',
        });
      const id = v7();
      const secret = channel === 'webhook' ? `whsec_${randomBytes(24).toString('base64')}` : null;
      const sealed = secret && deps.secrets.seal(secret, places.alertEndpointSecret(id));
      const added = await em.execute(
        `insert into alert_endpoint (id, channel, target, secret, kinds)
         select ?, ?, ?, ?, array(select jsonb_array_elements_text(?::jsonb))
         on conflict (channel, target) where deleted_at is null do nothing returning id`,
        [id, channel, target, sealed, JSON.stringify(kinds)],
      );
      if (added.length === 0) throw new Problem('conflict', 'Alerts go to this target already.');
      // An address of a person is not for the audit.
      const detail = channel === 'webhook' ? `webhook at ${new URL(target).host}` : 'email';
      await recordAudit(em, { actor: caller.name, what: 'alert_endpoint_added', subject: id, detail });
      const row = await em.findOneOrFail(AlertEndpointSchema, { id });
      return { body: { ...endpointToWire(row), secret } };
    },
  });
}

function list(): Route {
  return route('GET /v1/alert-endpoints', {
    summary: 'Where alerts go, without the secrets',
    tag,
    query: z.strictObject({ cursor: cursorOf(z.uuid()), limit: pageQuery.limit }),
    answer: { description: 'Oldest first', schema: pageOf(alertEndpoint) },
    async handle({ query: { cursor, limit }, em }) {
      const where = { deletedAt: null, ...(cursor !== undefined && { id: { $gt: cursor } }) };
      const rows = await em.find(AlertEndpointSchema, where, { orderBy: { id: 'asc' }, limit: limit + 1 });
      return toPage(rows, { path: '/v1/alert-endpoints', query: {}, limit }, ({ id }) => id, endpointToWire);
    },
  });
}

function remove(): Route {
  return route('DELETE /v1/alert-endpoints/{id}', {
    summary: 'Send no more alerts there',
    description:
      'What is still on its way there is given up; its secret, or the email address, is forgotten.',
    tag,
    params: idParams,
    answer: { description: 'Gone', schema: z.strictObject({}) },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { id }, caller, em }) {
      const removed = await em.execute<{ channel: string }[]>(
        `update alert_endpoint set deleted_at = now(), secret = null,
           target = case channel when 'email' then '' else target end
         where id = ? and deleted_at is null returning channel`,
        [id],
      );
      if (!removed[0]) throw notFound('such endpoint');
      await giveUpEndpoint(em, id);
      const detail = removed[0].channel;
      await recordAudit(em, { actor: caller.name, what: 'alert_endpoint_removed', subject: id, detail });
      return { body: {} };
    },
  });
}

function endpointToWire(row: AlertEndpoint): z.input<typeof alertEndpoint> {
  const { id, channel, target, kinds, createdAt } = row;
  const known = kinds as z.output<typeof alertKind>[];
  return { id, channel, target, kinds: known, createdAt: createdAt.toISOString() };
}
