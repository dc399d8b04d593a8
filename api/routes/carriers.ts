import { v7 } from 'uuid';
import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type CarrierAccount, CarrierAccountSchema } from '../../db/entities/stores.ts';
import { places } from '../../db/secrets.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { validateWithin } from '../http/validate.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import { carrierAccount, carrierChange, newCarrier } from '../schemas/stores.ts';

export function carrierRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(deps), change(deps)];
}

function create(deps: ApiDeps): Route {
  return route('POST /v1/carriers', {
    summary: 'Connect a carrier account',
    tag: 'Carriers',
    body: newCarrier,
    answer: { status: 201, description: 'Connected', schema: carrierAccount },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      const carrier = deps.carriers.find(body.carrier);
      if (!carrier)
        throw invalid({
          field: 'carrier',
          message: `is none of ${deps.carriers.all.map(({ name }) => name).join(', ')}`,
        });
      if (body.url === undefined && !carrier.untracked)
        throw invalid({ field: 'url', message: `is required for ${carrier.title}` });
      const credentials = validateWithin('credentials', carrier.credentials, body.credentials);
      if (body.webhookSecret !== undefined && !carrier.webhooks)
        throw invalid({
          field: 'webhookSecret',
          message: `is of no use: ${carrier.title} sends no webhooks`,
        });
      if (await em.findOne(CarrierAccountSchema, { name: body.name }))
        throw new Problem('conflict', `There is an account named ${JSON.stringify(body.name)} already.`);
      const id = v7();
      await em.insert(CarrierAccountSchema, {
        id,
        carrier: body.carrier,
        name: body.name,
        url: body.url ?? '',
        credentials: deps.secrets.seal(credentials, places.carrierCredentials(id)),
        webhookSecret:
          body.webhookSecret === undefined
            ? null
            : deps.secrets.seal(body.webhookSecret, places.carrierWebhooks(id)),
      });
      const detail = `${body.name} (${body.carrier})`;
      await recordAudit(em, { actor: caller.name, what: 'carrier_connected', subject: id, detail });
      return { body: toWire(deps, await em.findOneOrFail(CarrierAccountSchema, { id })) };
    },
  });
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/carriers', {
    summary: 'All carrier accounts, without their secrets',
    tag: 'Carriers',
    query: z.strictObject({ cursor: cursorOf(z.uuid()), limit: pageQuery.limit }),
    answer: { description: 'Oldest first', schema: pageOf(carrierAccount) },
    async handle({ query, em }) {
      const after = query.cursor === undefined ? {} : { id: { $gt: query.cursor } };
      const rows = await em.find(CarrierAccountSchema, after, {
        orderBy: { id: 'asc' },
        limit: query.limit + 1,
      });
      const page = { path: '/v1/carriers', query: {}, limit: query.limit };
      return toPage(
        rows,
        page,
        ({ id }) => id,
        (row) => toWire(deps, row),
      );
    },
  });
}

function change(deps: ApiDeps): Route {
  return route('PATCH /v1/carriers/{id}', {
    summary: 'Stop or resume buying of an account, or allow only some of its services',
    description:
      'Counts for the next rates that are asked for. Labels that are bought stay, and can be voided.',
    tag: 'Carriers',
    params: idParams,
    body: carrierChange,
    answer: { description: 'As it is now', schema: carrierAccount },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { id }, body: { reason, ...wanted }, caller, em }) {
      await em.execute('select 1 from carrier_account where id = ? for no key update', [id]);
      const row = await em.findOne(CarrierAccountSchema, { id });
      if (!row) throw notFound('such carrier account');
      const told = differences(row, wanted);
      if (told.length === 0) return { body: toWire(deps, row) };
      em.assign(row, wanted);
      await em.flush();
      const detail = `${row.name}: ${told.join(', ')}: ${reason}`;
      await recordAudit(em, { actor: caller.name, what: 'carrier_changed', subject: id, detail });
      return { body: toWire(deps, row) };
    },
  });
}

function differences(
  row: CarrierAccount,
  { enabled, services }: Omit<z.output<typeof carrierChange>, 'reason'>,
) {
  const shown = (codes: readonly string[] | null | undefined) => codes?.join(' ') ?? 'all services';
  return [
    ...(enabled === undefined || enabled === row.enabled ? [] : [enabled ? 'enabled' : 'disabled']),
    ...(services === undefined || shown(services) === shown(row.services)
      ? []
      : [`${shown(row.services)} → ${shown(services)}`]),
  ];
}

function toWire(deps: ApiDeps, row: CarrierAccount): z.input<typeof carrierAccount> {
  const carrier = deps.carriers.find(row.carrier);
  return {
    id: row.id,
    carrier: row.carrier,
    title: carrier?.title ?? row.carrier,
    name: row.name,
    url: row.url,
    enabled: row.enabled,
    services: row.services ?? null,
    connectedAt: row.connectedAt.toISOString(),
    webhookPath: carrier?.webhooks ? `/webhooks/carriers/${row.carrier}` : null,
  };
}
