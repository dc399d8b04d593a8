import { v7 as uuid } from 'uuid';
import type { CarrierClient, Rate } from '../connectors/carriers/carrier.ts';
import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { places } from '../db/secrets.ts';
import { readBuyableAccounts } from '../db/read/carrier-accounts.ts';
import { type ParcelToShip, readParcelsToShip } from '../db/parcels-to-ship.ts';
import { inTransaction, insertBehind, writeBehind } from '../db/transaction.ts';
import { policyOf } from '../domain/policy.ts';
import { chooseRate, isAllowed, rateReasons, whyNoRate } from '../domain/rates.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';
import { lockLiveFulfillment } from './live-fulfillment.ts';
import { shipmentOf } from './shipment.ts';
import { decideOnce } from './steps.ts';

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
  const [parcels, { client, carrier, services }, bound] = await Promise.all([
    readParcelsToShip(em, input.fulfillmentId),
    connectCarrier(deps, em, input.accountId),
    boundTo(em, input.fulfillmentId),
  ]);
  await forgetQuotes(em, parcels, carrier);
  const perParcel = await Promise.all(parcels.map((parcel) => client.rates(shipmentOf(parcel, parcel.id))));
  const rows = parcels.flatMap((parcel, index) =>
    perParcel[index]!.filter(({ service }) => isAllowed(services, service) || bound?.service === service).map(
      (rate) => quoteRow(parcel, carrier, rate),
    ),
  );
  if (rows.length > 0)
    await inTransaction(deps.orm, async (tx) => {
      await forgetQuotes(tx, parcels, carrier);
      await insertBehind(tx, 'quote', rows);
    });
  return { quotes: rows.length };
}

/** The price that a label was bought at, or may have been, stays. */
async function forgetQuotes(em: Em, parcels: readonly ParcelToShip[], carrier: string): Promise<void> {
  await writeBehind(
    em,
    `delete from quote q where q.parcel_id in (?) and q.carrier = ? and not (q.chosen and exists (
       select 1 from label_purchase p where p.parcel_id = q.parcel_id and p.service = q.service
         and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)))`,
    [parcels.map(({ id }) => id), carrier],
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
  chosen: false,
  reason: '',
});

/** `purchases`: one per parcel, each written with its exact request before anyone is asked to sell it. */
export interface RateDecision extends CarrierChoice {
  service: string;
  /** The carrier tells how far its parcels are. */
  tracked: boolean;
  purchases: string[];
}

export interface ChooseInput {
  orderId: string;
  generation: number;
  fulfillmentId: string;
  carriers: CarrierChoice[];
  /** Rises when a person lets the parked step run again: the choice is then made anew. */
  round: number;
}

/** Takes the best offer that every parcel of the fulfillment has, and says of each quote why. */
export async function chooseService(deps: ActivityDeps, input: ChooseInput): Promise<RateDecision> {
  const key = {
    orderId: input.orderId,
    step: `rate/${input.fulfillmentId}/${input.round}`,
    generation: input.generation,
  };
  const decided = await decideOnce<RateDecision>(deps, key, async (em) => {
    const [, parcels, policy, bound, quoted] = await Promise.all([
      lockLiveFulfillment(em, key, input.fulfillmentId),
      readParcelsToShip(em, input.fulfillmentId),
      readPolicy(em, input.orderId),
      boundTo(em, input.fulfillmentId),
      readOffers(em, input.fulfillmentId),
    ]);
    const offers = quoted.filter((offer) => !bound || sameService(offer, bound));
    const choice = chooseRate(offers, { promiseDays: policyOf(policy).promiseDays });
    if (!choice.chosen)
      throw new Refusal(
        'no_rate',
        whyNoRate(
          input.carriers.map(({ carrier }) => carrier),
          offers.length,
        ),
      );
    await explainQuotes(em, parcels, choice);
    const { carrier, service } = choice.chosen;
    const account = input.carriers.find((one) => one.carrier === carrier);
    if (!account) throw new Refusal('carrier_gone', `The carrier ${carrier} is no longer connected`);
    const { client } = await connectCarrier(deps, em, account.accountId);
    const purchases = await Promise.all(
      parcels.map((parcel) => intend(em, client, parcel, account.accountId, service)),
    );
    await writeBehind(em, 'update fulfillment set carrier = ?, service = ? where id = ?', [
      carrier,
      service,
      input.fulfillmentId,
    ]);
    const tracked = !deps.carriers.find(carrier)!.untracked;
    return { carrier, accountId: account.accountId, service, tracked, purchases };
  });
  return decided!;
}

async function readPolicy(em: Em, orderId: string): Promise<Record<string, unknown>> {
  const [store] = await em.execute<{ policy: Record<string, unknown> }[]>(
    'select s.policy from orders o join store s on s.id = o.store_id where o.id = ?',
    [orderId],
  );
  return store!.policy;
}

/** Says of each quote why it is the one, or is not. */
async function explainQuotes(
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

interface Service {
  carrier: string;
  service: string;
}

const sameService = (one: Service, other: Service) =>
  one.carrier === other.carrier && one.service === other.service;

/** A label that was bought, or may have been, binds all parcels of its fulfillment to its service. */
async function boundTo(em: Em, fulfillmentId: string): Promise<Service | undefined> {
  const [bound] = await em.execute<Service[]>(
    `select a.carrier, p.service from label_purchase p join carrier_account a on a.id = p.carrier_account_id
     join parcel c on c.id = p.parcel_id
     where c.fulfillment_id = ? and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)
     order by p.created_at limit 1`,
    [fulfillmentId],
  );
  return bound;
}

/** Services that every parcel was quoted, with the sum of the newest prices. */
async function readOffers(em: Em, fulfillmentId: string) {
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

/**
 * At most one purchase of a parcel is live. One that may have reached the carrier stays what it is; one that
 * certainly did not is set aside, and the generation rises.
 */
async function intend(
  em: Em,
  client: CarrierClient,
  parcel: ParcelToShip,
  carrierAccountId: string,
  service: string,
): Promise<string> {
  await writeBehind(
    em,
    `update label_purchase set state = 'refused', settled_at = now()
     where parcel_id = ? and state = 'intended' and sent_at is null`,
    [parcel.id],
  );
  const purchases = await em.execute<{ id: string; live: boolean }[]>(
    `select id, state in ('intended', 'bought') as live from label_purchase where parcel_id = ?`,
    [parcel.id],
  );
  const live = purchases.find((purchase) => purchase.live);
  if (live) return live.id;
  const id = uuid();
  const generation = purchases.length + 1;
  const key = `${parcel.id.replaceAll('-', '')}-${generation}`.toUpperCase();
  await insertBehind(em, 'label_purchase', [
    {
      id,
      parcel_id: parcel.id,
      generation,
      key,
      carrier_account_id: carrierAccountId,
      service,
      order_version: parcel.orderVersion,
      request: JSON.stringify(client.labelRequest(shipmentOf(parcel, key), service)),
    },
  ]);
  return id;
}

export async function connectCarrier(
  deps: ActivityDeps,
  em: Em,
  accountId: string,
): Promise<{ client: CarrierClient; carrier: string; services: string[] | null }> {
  const [account] = await em.execute<
    { id: string; carrier: string; url: string; credentials: string; services: string[] | null }[]
  >('select id, carrier, url, credentials, services from carrier_account where id = ?', [accountId]);
  const carrier = account && deps.carriers.find(account.carrier);
  if (!account || !carrier)
    throw new Refusal('carrier_gone', `The carrier account ${accountId} is no longer connected`);
  const credentials = deps.secrets.open(account.credentials, places.carrierCredentials(account.id));
  return {
    client: carrier.connect({ ...account, credentials }),
    carrier: account.carrier,
    services: account.services,
  };
}

export interface DeliverInput {
  orderId: string;
  fulfillmentId: string;
}

/** The last scan: the parcels have arrived. */
export async function deliver(deps: ActivityDeps, input: DeliverInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    const delivered = await em.execute(
      `update fulfillment set stage = 'delivered', delivered_at = now() where id = ? and stage = 'shipped' returning id`,
      [input.fulfillmentId],
    );
    if (delivered.length === 0) return;
    await em.execute(
      `update orders set updated_at = now(), stage = 'delivered' where id = ? and stage = 'shipped' and not exists (
         select 1 from fulfillment where order_id = orders.id and stage not in ('delivered', 'cancelled'))`,
      [input.orderId],
    );
    await recordAudit(em, {
      actor: 'carrier',
      what: 'delivered',
      orderId: input.orderId,
      subject: input.fulfillmentId,
      detail: 'All its parcels were delivered',
      key: `delivered/${input.fulfillmentId}`,
    });
  });
}
