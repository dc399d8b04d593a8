import { type Answer, type Call, type Party, type Refusal } from '../http.ts';
import type { State } from '../state.ts';
import { subscribe } from './alerts.ts';
import { upsError } from './answers.ts';
import type { UpsAccount, UpsTables } from './model.ts';
import { createTokens } from './oauth.ts';
import { rate } from './rate.ts';
import { recipientsOf } from './recipients.ts';
import { recovery } from './recovery.ts';
import { ship } from './ship.ts';
import { trackDetails, trackReference, trackShipment } from './track.ts';
import { voidShipment } from './void.ts';

type Route = [operation: string, method: string, path: RegExp];

const routes: Route[] = [
  ['token', 'POST', /^\/security\/v1\/oauth\/token$/],
  ['rate', 'POST', /^\/api\/rating\/(v\d+)\/(\w+)$/],
  ['ship', 'POST', /^\/api\/shipments\/(v\d+)\/ship$/],
  ['void', 'DELETE', /^\/api\/shipments\/(v\d+)\/void\/cancel\/([^/]+)$/],
  ['recovery', 'POST', /^\/api\/labels\/(v\d+)\/recovery$/],
  ['track', 'GET', /^\/api\/track\/v1\/details\/([^/]+)$/],
  ['track-shipment', 'GET', /^\/api\/track\/v1\/shipment\/details\/([^/]+)$/],
  ['track-reference', 'GET', /^\/api\/track\/v1\/reference\/details\/([^/]+)$/],
  ['subscribe', 'POST', /^\/api\/track\/v1\/subscription\/(?:standard|enhanced)\/package$/],
];

export function upsParty(state: State, tables: UpsTables, now: () => number): Party {
  const tokens = createTokens(tables, now);
  const actions: Record<string, (call: Call, account: UpsAccount, part: string[]) => Answer> = {
    rate: (call, account, [version, option]) => rate(call, account, version!, option!, now()),
    ship: (call, account, [version]) => ship(call, account, version!, state, tables, now()),
    void: (call, account, [version, id]) => voidShipment(call, account, version!, id!, tables, now()),
    recovery: (call, account, [version]) => recovery(call, account, version!, tables),
    track: (call, account, [number]) => trackDetails(call, account, number!, tables, now()),
    'track-shipment': (call, account, [number]) => trackShipment(call, account, number!, tables, now()),
    'track-reference': (call, account, [reference]) =>
      trackReference(call, account, reference!, tables, now()),
    subscribe: (call, account) => subscribe(call, account, tables),
  };
  const recipients = recipientsOf(tables);
  return {
    operations: (call) => [find(call)?.operation ?? 'unknown'],
    account: (call) =>
      (find(call)?.operation === 'token' ? tokens.asker(call) : tokens.account(call))?.name ?? null,
    concerns: (call) => recipients(call, tokens.account(call)?.name ?? ''),
    failure: (status: number, { code, message }: Refusal) => upsError(status, code, message),
    handle(call, refusal) {
      const route = find(call);
      if (route === null) return upsError(404, '404', 'The requested resource was not found.');
      if (route.operation === 'token')
        return refusal === null ? tokens.issue(call) : upsError(401, refusal.code, refusal.message);
      const account = tokens.account(call);
      if (account === null) return upsError(401, '250002', 'Invalid Authentication Information.');
      if (refusal !== null) return upsError(400, refusal.code, refusal.message);
      return actions[route.operation]!(call, account, route.part);
    },
  };
}

function find(call: Call): { operation: string; part: string[] } | null {
  for (const [operation, method, path] of routes) {
    const match = method === call.method ? path.exec(call.path) : null;
    if (match !== null) return { operation, part: match.slice(1).map(decodeURIComponent) };
  }
  return null;
}
