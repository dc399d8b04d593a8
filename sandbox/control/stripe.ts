import type { PaymentIntent, StripeAccount, StripeWorld } from '../stripe/model.ts';
import {
  cancelIntent,
  closeDispute,
  confirmIntent,
  createIntent,
  failRefund,
  openDispute,
  StripeRefusal,
} from '../stripe/payments.ts';
import { NotThere, type ControlRoute } from './routes.ts';

export interface StripeAccountRequest {
  secretKey?: string;
  webhook?: { url: string; secret: string } | null;
  currency?: string;
  holdSeconds?: number;
}

export interface StripePaymentRequest {
  /** In Stripe's minor units. */
  amount: number;
  currency: string;
  /** Default: paid. */
  state?: 'pending' | 'authorized' | 'paid';
  metadata?: Record<string, string>;
}

export function stripeControl(world: StripeWorld): ControlRoute[] {
  const accountOf = (name: string | undefined): StripeAccount => {
    const account = world.tables.accounts.get('', name ?? '');
    if (account === undefined) throw new NotThere(`there is no Stripe account "${name}"`);
    return account;
  };
  const intentOf = (name: string | undefined, id: string | undefined): PaymentIntent => {
    const intent = world.tables.intents.get(accountOf(name).name, id ?? '');
    if (intent === undefined) throw new NotThere(`there is no PaymentIntent ${id}`);
    return intent;
  };
  return (
    [
      [
        'PUT',
        /^\/stripe\/([a-z0-9-]+)$/,
        ({ call, part: [name], body }) => view(call.address, put(world, name!, body)),
      ],
      ['GET', /^\/stripe\/([a-z0-9-]+)$/, ({ call, part: [name] }) => view(call.address, accountOf(name))],
      [
        'GET',
        /^\/stripe\/([a-z0-9-]+)\/(intents|charges|refunds|disputes|balance)$/,
        ({ call, part: [name, kind] }) =>
          all(world, accountOf(name), kind as 'charges', call.query.get('intent')),
      ],
      [
        'POST',
        /^\/stripe\/([a-z0-9-]+)\/payments$/,
        ({ part: [name], body }) => pay(world, accountOf(name), body),
      ],
      [
        'POST',
        /^\/stripe\/([a-z0-9-]+)\/payments\/(\w+)\/confirm$/,
        ({ part: [name, id], body }) =>
          confirmIntent(world, accountOf(name), intentOf(name, id), body.paymentMethod ?? 'pm_card_visa'),
      ],
      [
        'POST',
        /^\/stripe\/([a-z0-9-]+)\/payments\/(\w+)\/cancel$/,
        ({ part: [name, id] }) => cancelIntent(world, accountOf(name), intentOf(name, id)),
      ],
      [
        'POST',
        /^\/stripe\/([a-z0-9-]+)\/payments\/(\w+)\/dispute$/,
        ({ part: [name, id], body }) =>
          openDispute(world, accountOf(name), intentOf(name, id), body.reason ?? 'product_not_received'),
      ],
      [
        'POST',
        /^\/stripe\/([a-z0-9-]+)\/disputes\/(\w+)\/close$/,
        ({ part: [name, id], body }) => {
          const dispute = world.tables.disputes.get(accountOf(name).name, id!);
          if (!dispute) throw new NotThere(`there is no dispute ${id}`);
          return closeDispute(world, accountOf(name), dispute, body.status === 'won' ? 'won' : 'lost');
        },
      ],
      [
        'POST',
        /^\/stripe\/([a-z0-9-]+)\/refunds\/(\w+)\/fail$/,
        ({ part: [name, id] }) => {
          const refund = world.tables.refunds.get(accountOf(name).name, id!);
          if (!refund) throw new NotThere(`there is no refund ${id}`);
          return failRefund(world, accountOf(name), refund);
        },
      ],
    ] satisfies ControlRoute[]
  ).map(([method, path, action]): ControlRoute => [
    method,
    path,
    (request) => inRange(() => action(request)),
  ]);
}

/** Those of one PaymentIntent where it is named. */
function all(
  world: StripeWorld,
  { name }: StripeAccount,
  kind: 'charges' | 'refunds',
  intent: string | null,
) {
  const rows = world.tables[kind].all(name);
  return intent === null ? rows : rows.filter((row) => row.intent === intent);
}

/** What Stripe would refuse, the control API says is out of range. */
function inRange<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof StripeRefusal ? new RangeError(error.message) : error;
  }
}

/** Makes or changes the account; its payments stay. */
function put(world: StripeWorld, name: string, request: StripeAccountRequest): StripeAccount {
  const known = world.tables.accounts.get('', name);
  const account: StripeAccount = {
    name,
    secretKey: request.secretKey ?? known?.secretKey ?? `sk_test_${name.replaceAll('-', '')}`,
    webhook: request.webhook === undefined ? (known?.webhook ?? null) : request.webhook,
    currency: request.currency ?? known?.currency ?? 'eur',
    holdSeconds: request.holdSeconds ?? known?.holdSeconds ?? 7 * 86_400,
  };
  world.tables.accounts.put('', name, account);
  return account;
}

/** What a checkout does: the customer's payment, authorized, taken, or just begun. */
function pay(world: StripeWorld, account: StripeAccount, request: StripePaymentRequest): PaymentIntent {
  const intent = createIntent(world, account, {
    amount: request.amount,
    currency: request.currency.toLowerCase(),
    captureMethod: request.state === 'authorized' ? 'manual' : 'automatic',
    metadata: request.metadata ?? {},
  });
  return request.state === 'pending' ? intent : confirmIntent(world, account, intent, 'pm_card_visa');
}

const view = (address: string, account: StripeAccount) => ({
  ...account,
  url: `${new URL(address).origin}/stripe`,
});
