import type { Deliveries } from '../webhooks/deliveries.ts';
import { alertOf } from '../ups/alerts.ts';
import {
  parcelStatuses,
  type Label,
  type ParcelStatus,
  type Scan,
  type UpsAccount,
  type UpsTables,
} from '../ups/model.ts';
import { progressed, scanOf, settle } from '../ups/progress.ts';
import { NotThere, type ControlRoute } from './routes.ts';

export interface UpsAccountRequest {
  clientId?: string;
  clientSecret?: string;
  /** Six characters. */
  shipperNumber?: string;
  /** Where alone it may ship from, as with UPS; anywhere unless given. */
  country?: string | null;
  tokenSeconds?: number;
  referenceLagMs?: number;
  progress?: UpsAccount['progress'];
}

export function upsControl(tables: UpsTables, deliveries: Deliveries, now: () => number): ControlRoute[] {
  const accountOf = (name: string | undefined): UpsAccount => {
    const account = tables.accounts.get('', name ?? '');
    if (account === undefined) throw new NotThere(`there is no UPS account "${name}"`);
    return account;
  };
  return [
    [
      'PUT',
      /^\/ups\/([a-z0-9-]+)$/,
      ({ call, part: [name], body }) => accountView(call.address, putAccount(tables, name!, body)),
    ],
    ['GET', /^\/ups\/([a-z0-9-]+)$/, ({ call, part: [name] }) => accountView(call.address, accountOf(name))],
    [
      'GET',
      /^\/ups\/([a-z0-9-]+)\/labels$/,
      ({ call, part: [name] }) => labels(tables, accountOf(name), call.query, now()),
    ],
    [
      'DELETE',
      /^\/ups\/([a-z0-9-]+)\/labels$/,
      ({ part: [name] }) => void tables.labels.clear(accountOf(name).name),
    ],
    [
      'POST',
      /^\/ups\/([a-z0-9-]+)\/parcels\/(\w+)\/advance$/,
      ({ part: [name, number], body }) => advance(tables, deliveries, accountOf(name), number!, body, now()),
    ],
  ];
}

/** Makes or changes the account; its labels stay. */
function putAccount(tables: UpsTables, name: string, request: UpsAccountRequest): UpsAccount {
  const known = tables.accounts.get('', name);
  const account: UpsAccount = {
    name,
    clientId: request.clientId ?? known?.clientId ?? `client-${name}`,
    clientSecret: request.clientSecret ?? known?.clientSecret ?? `secret-${name}`,
    shipperNumber: request.shipperNumber ?? known?.shipperNumber ?? 'A1B2C3',
    country: request.country === undefined ? (known?.country ?? null) : request.country,
    tokenSeconds: request.tokenSeconds ?? known?.tokenSeconds ?? 14_399,
    referenceLagMs: request.referenceLagMs ?? known?.referenceLagMs ?? 0,
    progress: request.progress === undefined ? (known?.progress ?? null) : request.progress,
  };
  if (!/^[0-9A-Z]{6}$/.test(account.shipperNumber))
    throw new RangeError('a shipper number has six characters');
  tables.accounts.put('', name, account);
  return account;
}

const accountView = (address: string, account: UpsAccount) => ({
  ...account,
  url: `${new URL(address).origin}/ups`,
});

/** Labels paid for, oldest first, `to` one recipient where named; images only when asked for. */
function labels(tables: UpsTables, account: UpsAccount, query: URLSearchParams, now: number) {
  const to = query.get('to');
  const wanted = tables.labels.all(account.name).filter((label) => to === null || label.to.name === to);
  return wanted.map((label) => {
    const scans = progressed(label, account.progress, now);
    const { image, form, ...facts } = { ...label, scans, status: scans.at(-1)!.status };
    return query.has('images') ? { ...facts, image, form } : facts;
  });
}

function advance(
  tables: UpsTables,
  deliveries: Deliveries,
  account: UpsAccount,
  number: string,
  body: { status: ParcelStatus; at?: string },
  now: number,
) {
  const label = tables.labels.get(account.name, number);
  if (label === undefined) throw new NotThere(`account ${account.name} bought no label ${number}`);
  if (!parcelStatuses.includes(body.status) || body.status === 'voided')
    throw new RangeError(`"${body.status}" is no status of a parcel`);
  if (label.voided) throw new RangeError('the label is void');
  const scan = scanOf(label, body.status, body.at === undefined ? now : Date.parse(body.at));
  tables.labels.put(account.name, number, { ...label, scans: [...label.scans, scan] });
  push(tables, deliveries, label, scan);
  return scan;
}

/** Sends the Track Alert of a scan to whoever subscribed to the parcel. */
function push(tables: UpsTables, deliveries: Deliveries, label: Label, scan: Scan): void {
  const subscription = tables.subscriptions.get(label.account, label.trackingNumber);
  if (subscription === undefined) return;
  const alert = alertOf(subscription, label, scan);
  deliveries.send({
    party: 'ups',
    account: label.account,
    topic: 'track-alert',
    resource: label.trackingNumber,
    deliveryId: `${label.trackingNumber}/${scan.status}/${scan.at}`,
    url: subscription.url,
    headers: alert.headers,
    body: JSON.stringify(alert.body),
    retryDelaysMs: [],
    timeoutMs: 10_000,
  });
}

/** Moves the parcels of accounts that progress by themselves; called now and then. */
export function pushProgress(tables: UpsTables, deliveries: Deliveries, now: number): void {
  for (const account of tables.accounts.all(''))
    for (const { label, scan } of settle(tables, account, now)) push(tables, deliveries, label, scan);
}
