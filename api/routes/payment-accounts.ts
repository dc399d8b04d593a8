import { v7 } from 'uuid';
import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import type { Em } from '../../db/database.ts';
import { type PaymentAccount, PaymentAccountSchema } from '../../db/entities/money.ts';
import { StoreSchema } from '../../db/entities/stores.ts';
import { places } from '../../db/secrets.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { validateWithin } from '../http/validate.ts';
import { invalid, Problem } from '../problem.ts';
import { newPaymentAccount, paymentAccount } from '../schemas/payment-accounts.ts';

export function paymentAccountRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(deps)];
}

function create(deps: ApiDeps): Route {
  return route('POST /v1/payment-accounts', {
    summary: 'Connect an account at a payment provider',
    description:
      'For orders that are posted with `payment.provider` and the provider’s `payment.externalId`: such a payment is read, captured at the hand-over where the store wants it, and given back through this account.',
    tag: 'Payments',
    body: newPaymentAccount,
    answer: { status: 201, description: 'Connected', schema: paymentAccount },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      const provider = deps.payments.find(body.provider);
      if (!provider)
        throw invalid({
          field: 'provider',
          message: `is none of ${deps.payments.all.map(({ name }) => name).join(', ')}`,
        });
      const credentials = validateWithin('credentials', provider.credentials, body.credentials);
      await refuseOtherStore(em, body.store);
      if (await em.findOne(PaymentAccountSchema, { name: body.name }))
        throw new Problem('conflict', `There is an account named ${JSON.stringify(body.name)} already.`);
      const id = v7();
      await em.insert(PaymentAccountSchema, {
        id,
        provider: body.provider,
        name: body.name,
        url: body.url ?? provider.url,
        storeId: body.store,
        credentials: deps.secrets.seal(credentials, places.paymentCredentials(id)),
        webhookSecret:
          body.webhookSecret === undefined
            ? null
            : deps.secrets.seal(body.webhookSecret, places.paymentWebhooks(id)),
      });
      const detail = `${body.name} (${body.provider})`;
      await recordAudit(em, { actor: caller.name, what: 'payment_account_connected', subject: id, detail });
      return { body: toWire(deps, await em.findOneOrFail(PaymentAccountSchema, { id })) };
    },
  });
}

/** Where there is a shop, it took the money, and it gives it back. */
async function refuseOtherStore(em: Em, storeId: string | null): Promise<void> {
  if (storeId === null) return;
  const store = await em.findOne(StoreSchema, { id: storeId }, { fields: ['platform'] });
  if (store?.platform !== 'api')
    throw invalid({ field: 'store', message: 'is no store of the platform api' });
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/payment-accounts', {
    summary: 'All accounts at payment providers, without their secrets',
    tag: 'Payments',
    query: z.strictObject({ cursor: cursorOf(z.uuid()), limit: pageQuery.limit }),
    answer: { description: 'Oldest first', schema: pageOf(paymentAccount) },
    async handle({ query, em }) {
      const after = query.cursor === undefined ? {} : { id: { $gt: query.cursor } };
      const rows = await em.find(PaymentAccountSchema, after, {
        orderBy: { id: 'asc' },
        limit: query.limit + 1,
      });
      const page = { path: '/v1/payment-accounts', query: {}, limit: query.limit };
      return toPage(
        rows,
        page,
        ({ id }) => id,
        (row) => toWire(deps, row),
      );
    },
  });
}

function toWire(deps: ApiDeps, row: PaymentAccount): z.input<typeof paymentAccount> {
  const provider = deps.payments.find(row.provider);
  return {
    id: row.id,
    provider: row.provider,
    title: provider?.title ?? row.provider,
    name: row.name,
    url: row.url,
    store: row.storeId ?? null,
    enabled: row.enabled,
    connectedAt: row.connectedAt.toISOString(),
    webhookPath: provider?.webhooks ? `/webhooks/payments/${row.provider}` : null,
  };
}
