import { v7 as uuid } from 'uuid';
import type { Rate } from '../connectors/carriers/carrier.ts';
import type { Em } from '../db/database.ts';
import { type ParcelToShip, readParcelsToShip } from '../db/parcels-to-ship.ts';
import { readBuyableAccounts } from '../db/read/carrier-accounts.ts';
import { writeBehind } from '../db/transaction.ts';
import { type chooseRate, isAllowed, rateReasons } from '../domain/rates.ts';
import { type CarrierAccount, connectAccount } from './connect-carrier.ts';
import type { ActivityDeps } from './deps.ts';
import { shipmentOf } from './shipment.ts';

export interface CarrierChoice {
  accountId: string;
  /** The registry's name of the carrier: whose queue the calls go through. */
  carrier: string;
}

/** One account of each connected carrier (the first by name), to be asked for its rates. */
export async function listCarriers(
  deps: ActivityDeps,
  _input: { orderId: string },
): Promise<CarrierChoice[]> {
  const accounts = await readBuyableAccounts(deps.orm.em.fork());
  return accounts
    .filter(({ carrier }) => deps.carriers.find(carrier) !== null)
    .map(({ id: accountId, carrier }) => ({ accountId, carrier }));
}

export interface QuoteInput {
  orderId: string;
  fulfillmentId: string;
  accountId: string;
}

/**
 * One carrier's rates for every parcel of a fulfillment, kept with the parcel. Asking again replaces them, so a
 * carrier that does not answer this time offers nothing.
 */
export async function quote(deps: ActivityDeps, input: QuoteInput): Promise<{ quotes: number }> {
  const em = deps.orm.em.fork();
  const [parcels, { account, bound }] = await Promise.all([
    readParcelsToShip(em, input.fulfillmentId),
    beginAnew(em, input),
  ]);
  const { client, carrier, services } = connectAccount(deps, account, input.accountId);
  const perParcel = await Promise.all(parcels.map((parcel) => client.rates(shipmentOf(parcel, parcel.id))));
  const rows = parcels.flatMap((parcel, index) =>
    perParcel[index]!.filter(({ service }) => isAllowed(services, service) || bound?.service === service).map(
      (rate) => quoteRow(parcel, carrier, rate),
    ),
  );
  if (rows.length > 0) await keepQuotes(em, parcels, carrier, rows);
  return { quotes: rows.length };
}

/** Of `quote` q: not the price that a label was bought at, or may have been. */
const isForgotten = `
  not (q.chosen and exists (
    select 1 from label_purchase p where p.parcel_id = q.parcel_id and p.service = q.service
      and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)))`;

/** Forgets what the account's carrier offered before; `bound`: the service that all parcels go by. */
async function beginAnew(
  em: Em,
  { fulfillmentId, accountId }: QuoteInput,
): Promise<{ account?: CarrierAccount; bound?: Service | null }> {
  const [row] = await em.execute<{ account: CarrierAccount; bound: Service | null }[]>(
    `with gone as (
       delete from quote q using parcel c, carrier_account a
       where c.fulfillment_id = ? and q.parcel_id = c.id and a.id = ? and q.carrier = a.carrier and ${isForgotten})
     select jsonb_build_object('id', id, 'carrier', carrier, 'url', url, 'credentials', credentials,
              'services', services) as account,
            (select jsonb_build_object('carrier', b.carrier, 'service', b.service) from (${binding}) b) as bound
     from carrier_account where id = ?`,
    [fulfillmentId, accountId, fulfillmentId, accountId],
  );
  return row ?? {};
}

/** Instead of those of an attempt beside this one. */
async function keepQuotes(
  em: Em,
  parcels: readonly ParcelToShip[],
  carrier: string,
  rows: readonly ReturnType<typeof quoteRow>[],
): Promise<void> {
  await em.execute(
    `with gone as (delete from quote q where q.parcel_id in (?) and q.carrier = ? and ${isForgotten})
     insert into quote (id, parcel_id, carrier, service, service_name, price, currency, transit_days, billed_grams,
       chosen, reason)
     select id, parcel_id, carrier, service, service_name, price, currency, transit_days, billed_grams, false, ''
     from jsonb_to_recordset(?::jsonb) t (id uuid, parcel_id uuid, carrier text, service text, service_name text,
       price bigint, currency text, transit_days int, billed_grams int)`,
    [parcels.map(({ id }) => id), carrier, JSON.stringify(rows)],
  );
}

/** By the columns of `quote`. */
const quoteRow = (parcel: ParcelToShip, carrier: string, rate: Rate) => ({
  id: uuid(),
  parcel_id: parcel.id,
  carrier,
  service: rate.service,
  service_name: rate.serviceName,
  price: rate.price.minor,
  currency: rate.price.currency,
  transit_days: rate.transitDays,
  billed_grams: rate.billedGrams ?? null,
});

/** Says of each quote why it is the one, or is not. */
export async function explainQuotes(
  em: Em,
  parcels: readonly ParcelToShip[],
  { considered, chosen }: ReturnType<typeof chooseRate>,
): Promise<void> {
  const verdicts = considered.map(({ quote: { carrier, service }, reason }) => ({
    ...{ carrier, service, reason: rateReasons[reason] },
    chosen: chosen !== null && sameService({ carrier, service }, chosen),
  }));
  await writeBehind(
    em,
    `update quote set chosen = v.chosen, reason = v.reason
     from jsonb_to_recordset(?::jsonb) v (carrier text, service text, chosen boolean, reason text)
     where quote.carrier = v.carrier and quote.service = v.service and quote.parcel_id in (?)`,
    [JSON.stringify(verdicts), parcels.map(({ id }) => id)],
  );
}

export interface Service {
  carrier: string;
  service: string;
}

export const sameService = (one: Service, other: Service) =>
  one.carrier === other.carrier && one.service === other.service;

/** A label that was bought, or may have been, binds all parcels of its fulfillment to its service. */
const binding = `
  select a.carrier, p.service from label_purchase p join carrier_account a on a.id = p.carrier_account_id
  join parcel c on c.id = p.parcel_id
  where c.fulfillment_id = ? and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)
  order by p.created_at limit 1`;

export async function boundTo(em: Em, fulfillmentId: string): Promise<Service | undefined> {
  const [bound] = await em.execute<Service[]>(binding, [fulfillmentId]);
  return bound;
}

/** Services that every parcel was quoted, with the sum of the newest prices. */
export async function readOffers(em: Em, fulfillmentId: string) {
  const rows = await em.execute<
    { carrier: string; service: string; currency: string; minor: number; transitDays: number | null }[]
  >(
    `with box as (select id from parcel where fulfillment_id = ?)
     select carrier, service, currency, sum(price)::float8 as minor, max(transit_days) as "transitDays"
     from (select distinct on (parcel_id, carrier, service) * from quote where parcel_id in (select id from box)
           order by parcel_id, carrier, service, quoted_at desc, id desc) newest
     group by carrier, service, currency having count(distinct parcel_id) = (select count(*) from box)
     order by carrier, service`,
    [fulfillmentId],
  );
  return rows.map(({ carrier, service, currency, minor, transitDays }) => ({
    carrier,
    service,
    price: { minor, currency },
    transitDays,
  }));
}
