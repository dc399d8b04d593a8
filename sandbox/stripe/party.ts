import { json, type Answer, type Call, type Party, type Refusal } from '../http.ts';
import { type FormValue, readForm } from './form.ts';
import type { PaymentIntent, StripeAccount, StripeWorld } from './model.ts';
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  createIntent,
  createRefund,
  StripeRefusal,
} from './payments.ts';
import {
  balanceView,
  chargeView,
  disputeView,
  intentView,
  listView,
  refundView,
  type Shown,
} from './views.ts';

type Form = Record<string, FormValue>;
interface Asked {
  world: StripeWorld;
  account: StripeAccount;
  form: Form;
  part: string[];
  shown: Shown;
  path: string;
}
type Route = [operation: string, method: string, path: RegExp, action: (asked: Asked) => unknown];

const routes: Route[] = [
  ['payment_intents.create', 'POST', /^\/v1\/payment_intents$/, create],
  [
    'payment_intents.retrieve',
    'GET',
    /^\/v1\/payment_intents\/(\w+)$/,
    (asked) => intentView(intentOf(asked), asked.shown),
  ],
  ['payment_intents.confirm', 'POST', /^\/v1\/payment_intents\/(\w+)\/confirm$/, confirm],
  ['payment_intents.capture', 'POST', /^\/v1\/payment_intents\/(\w+)\/capture$/, capture],
  ['payment_intents.cancel', 'POST', /^\/v1\/payment_intents\/(\w+)\/cancel$/, cancel],
  ['charges.retrieve', 'GET', /^\/v1\/charges\/(\w+)$/, retrieve('charges', 'charge')],
  ['charges.list', 'GET', /^\/v1\/charges$/, list('charges')],
  ['refunds.create', 'POST', /^\/v1\/refunds$/, refund],
  ['refunds.retrieve', 'GET', /^\/v1\/refunds\/(\w+)$/, retrieve('refunds', 'refund')],
  ['refunds.list', 'GET', /^\/v1\/refunds$/, list('refunds')],
  ['disputes.retrieve', 'GET', /^\/v1\/disputes\/(\w+)$/, retrieve('disputes', 'dispute')],
  ['disputes.list', 'GET', /^\/v1\/disputes$/, list('disputes')],
  [
    'balance_transactions.retrieve',
    'GET',
    /^\/v1\/balance_transactions\/(\w+)$/,
    retrieve('balance', 'balance_transaction'),
  ],
  ['balance_transactions.list', 'GET', /^\/v1\/balance_transactions$/, list('balance')],
];

/** Stripe's API for payments: forms in, JSON out, one account per secret key. */
export function stripeParty(world: StripeWorld): Party {
  return {
    operations(call) {
      const found = routeOf(call);
      return found ? [found.route[0]] : ['unknown'];
    },
    account: (call) => accountOf(world, call)?.name ?? null,
    failure: (status, refusal) => failure(status, refusal),
    handle(call, refusal) {
      try {
        const account = accountOf(world, call);
        if (!account) throw new StripeRefusal('Invalid API Key provided.', { status: 401 });
        const found = routeOf(call);
        if (!found)
          throw new StripeRefusal(`Unrecognized request URL (${call.method}: ${call.path}).`, {
            status: 404,
          });
        if (refusal) throw new StripeRefusal(refusal.message, { code: refusal.code });
        return once(world, account, call, () => perform(world, account, call, found));
      } catch (error) {
        if (!(error instanceof StripeRefusal)) throw error;
        return refused(error);
      }
    },
  };
}

function routeOf(call: Call): { route: Route; part: string[] } | null {
  for (const route of routes) {
    const match = route[1] === call.method ? route[2].exec(call.path) : null;
    if (match) return { route, part: match.slice(1) };
  }
  return null;
}

function accountOf(world: StripeWorld, call: Call): StripeAccount | undefined {
  const [scheme, given = ''] = (call.headers['authorization'] ?? '').split(' ');
  const key = scheme === 'Basic' ? Buffer.from(given, 'base64').toString('utf8').split(':')[0] : given;
  return world.tables.accounts.all('').find(({ secretKey }) => secretKey === key);
}

function perform(
  world: StripeWorld,
  account: StripeAccount,
  call: Call,
  { route, part }: { route: Route; part: string[] },
): Answer {
  const form = readForm(call.method === 'GET' ? call.query.toString() : call.body.toString('utf8'));
  const { expand } = form;
  const shown = { tables: world.tables, account, expand: Array.isArray(expand) ? expand.map(String) : [] };
  try {
    return answered(200, route[3]({ world, account, form, part, shown, path: call.path }));
  } catch (error) {
    if (!(error instanceof StripeRefusal)) throw error;
    return refused(error);
  }
}

/** The same key is answered as it was the first time; with another request it is refused. */
function once(world: StripeWorld, account: StripeAccount, call: Call, act: () => Answer): Answer {
  const key = call.headers['idempotency-key'];
  if (key === undefined || call.method !== 'POST') return act();
  const request = `${call.path}?${call.body.toString('utf8')}`;
  const known = world.tables.replays.get(account.name, key);
  if (known && known.request !== request)
    throw new StripeRefusal(
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      { type: 'idempotency_error' },
    );
  if (known) return json(known.status, known.body, { ...ids(), 'Idempotent-Replayed': 'true' });
  const answer = act();
  world.tables.replays.put(account.name, key, { request, status: answer.status, body: answer.body });
  return answer;
}

let requests = 0;
const ids = () => ({ 'Request-Id': `req_sandbox${String(++requests).padStart(8, '0')}` });
const answered = (status: number, body: unknown): Answer => json(status, body, ids());
const refused = ({ status, message, type, code, param }: StripeRefusal): Answer =>
  answered(status, { error: { type, ...(code && { code }), ...(param && { param }), message } });

function failure(status: number, { code, message }: Refusal): Answer {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'api_error' : 'invalid_request_error';
  return answered(status, {
    error: {
      type: status === 429 ? 'invalid_request_error' : type,
      code: status === 429 ? 'rate_limit' : code,
      message,
    },
  });
}

const missing = (param: string) =>
  new StripeRefusal(`Missing required param: ${param}.`, { code: 'parameter_missing', param });

function whole(form: Form, param: string): number | undefined {
  const value = form[param];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d+$/.test(value))
    throw new StripeRefusal(`Invalid integer: ${plain(value)}`, {
      code: 'parameter_invalid_integer',
      param,
    });
  return Number(value);
}

/** What is not one value counts as none. */
const plain = (value: FormValue | undefined): string => (typeof value === 'string' ? value : '');

function metadataOf(form: Form): Record<string, string> {
  const { metadata } = form;
  if (metadata === undefined || metadata === '') return {};
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, plain(value)]));
}

function intentOf({
  world,
  account,
  part: [id = ''],
}: Pick<Asked, 'world' | 'account' | 'part'>): PaymentIntent {
  const intent = world.tables.intents.get(account.name, id);
  if (!intent)
    throw new StripeRefusal(`No such payment_intent: '${id}'`, {
      status: 404,
      code: 'resource_missing',
      param: 'intent',
    });
  return intent;
}

function create(asked: Asked) {
  const { world, account, form, shown } = asked;
  const amount = whole(form, 'amount');
  if (amount === undefined) throw missing('amount');
  const { currency } = form;
  if (typeof currency !== 'string') throw missing('currency');
  if (!/^[a-z]{3}$/.test(currency.toLowerCase()))
    throw new StripeRefusal(`Invalid currency: ${currency}.`, { param: 'currency' });
  if (amount < 1)
    throw new StripeRefusal('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: 'amount',
    });
  const intent = createIntent(world, account, {
    amount,
    currency: currency.toLowerCase(),
    captureMethod: form['capture_method'] === 'manual' ? 'manual' : 'automatic',
    metadata: metadataOf(form),
  });
  if (form['confirm'] !== 'true') return intentView(intent, shown);
  return intentView(confirmIntent(world, account, intent, plain(form['payment_method'])), shown);
}

function confirm(asked: Asked) {
  return intentView(
    confirmIntent(asked.world, asked.account, intentOf(asked), plain(asked.form['payment_method'])),
    asked.shown,
  );
}

function capture(asked: Asked) {
  return intentView(
    captureIntent(asked.world, asked.account, intentOf(asked), whole(asked.form, 'amount_to_capture')),
    asked.shown,
  );
}

function cancel(asked: Asked) {
  return intentView(cancelIntent(asked.world, asked.account, intentOf(asked)), asked.shown);
}

const refundReasons = ['duplicate', 'fraudulent', 'requested_by_customer'];

function refund({ world, account, form }: Asked) {
  const { payment_intent: intentId, charge: chargeId, reason } = form;
  if (reason !== undefined && !refundReasons.includes(plain(reason)))
    throw new StripeRefusal(`Invalid reason: must be one of ${refundReasons.join(', ')}`, {
      param: 'reason',
    });
  const charge = chargeId === undefined ? undefined : world.tables.charges.get(account.name, plain(chargeId));
  const id = intentId === undefined ? charge?.intent : plain(intentId);
  if (id === undefined) throw missing('payment_intent');
  const made = createRefund(world, account, intentOf({ world, account, part: [id] }), {
    amount: whole(form, 'amount'),
    reason: reason === undefined ? null : plain(reason),
    metadata: metadataOf(form),
  });
  return refundView(made);
}

type Listed = 'charges' | 'refunds' | 'disputes' | 'balance';

function view(kind: Listed, row: object, shown: Shown): Record<string, unknown> {
  if (kind === 'charges') return chargeView(row as never, shown);
  if (kind === 'refunds') return refundView(row as never);
  return kind === 'disputes' ? disputeView(row as never) : balanceView(row as never);
}

function retrieve(kind: Listed, name: string) {
  return ({ world, account, part: [id = ''], shown }: Asked) => {
    const row = world.tables[kind].get(account.name, id);
    if (!row)
      throw new StripeRefusal(`No such ${name}: '${id}'`, {
        status: 404,
        code: 'resource_missing',
        param: 'id',
      });
    return view(kind, row, shown);
  };
}

function list(kind: Listed) {
  return ({ world, account, form, shown, path }: Asked) => {
    const filters = ['payment_intent', 'charge', 'type', 'source', 'currency'].filter((name) => name in form);
    const items = world.tables[kind]
      .all(account.name)
      .map((row) => view(kind, row, shown))
      .filter((item) => filters.every((name) => item[name] === form[name]))
      .reverse();
    const { limit, starting_after: after } = form as Record<string, string | undefined>;
    return listView(path, items, {
      ...(limit !== undefined && { limit }),
      ...(after !== undefined && { starting_after: after }),
    });
  };
}
