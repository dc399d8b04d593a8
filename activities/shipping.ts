import { v7 as uuid } from 'uuid';
import type { CarrierClient, Rate } from '../connectors/carriers/carrier.ts';
import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { LabelPurchaseSchema, QuoteSchema } from '../db/entities/shipping.ts';
import { lockOrder } from '../db/locks.ts';
import { places } from '../db/secrets.ts';
import { readBuyableAccounts } from '../db/read/carrier-accounts.ts';
import { type ParcelToShip, readParcelsToShip } from '../db/parcels-to-ship.ts';
import { inTransaction } from '../db/transaction.ts';
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
  const parcels = await readParcelsToShip(em, input.fulfillmentId);
  const { client, carrier, services } = await connectCarrier(deps, em, input.accountId);
  const bound = await boundTo(em, parcels);
  await forgetQuotes(em, parcels, carrier);
  const perParcel = await Promise.all(parcels.map((parcel) => client.rates(shipmentOf(parcel, parcel.id))));
  const rows = parcels.flatMap((parcel, index) =>
    perParcel[index]!.filter(({ service }) => isAllowed(services, service) || bound?.service === service).map(
      (rate) => quoteRow(parcel, carrier, rate),
    ),
  );
  await inTransaction(deps.orm, async (tx) => {
    await forgetQuotes(tx, parcels, carrier);
    if (rows.length > 0) await tx.insertMany(QuoteSchema, rows);
  });
  return { quotes: rows.length };
}

/** The price that a label was bought at, or may have been, stays. */
async function forgetQuotes(em: Em, parcels: readonly ParcelToShip[], carrier: string): Promise<void> {
  await em.execute(
    `delete from quote q where q.parcel_id in (?) and q.carrier = ? and not (q.chosen and exists (
       select 1 from label_purchase p where p.parcel_id = q.parcel_id and p.service = q.service
         and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)))`,
    [parcels.map(({ id }) => id), carrier],
  );
}

const quoteRow = (parcel: ParcelToShip, carrier: string, rate: Rate) => ({
  id: uuid(),
  parcelId: parcel.id,
  carrier,
  service: rate.service,
  serviceName: rate.serviceName,
  price: rate.price.minor,
  currency: rate.price.currency,
  transitDays: rate.transitDays,
  billedGrams: rate.billedGrams ?? null,
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
    await lockLiveFulfillment(em, key, input.fulfillmentId);
    const parcels = await readParcelsToShip(em, input.fulfillmentId);
    const [order] = await em.execute<{ policy: Record<string, unknown> }[]>(
      'select s.policy from orders o join store s on s.id = o.store_id where o.id = ?',
      [input.orderId],
    );
    const bound = await boundTo(em, parcels);
    const offers = (await readOffers(em, parcels)).filter((offer) => !bound || sameService(offer, bound));
    const choice = chooseRate(offers, { promiseDays: policyOf(order!.policy).promiseDays });
    if (!choice.chosen)
      throw new Refusal(
        'no_rate',
        whyNoRate(
          input.carriers.map(({ carrier }) => carrier),
          offers.length,
        ),
      );
    for (const { quote: offer, reason } of choice.considered)
      await em.execute(
        `update quote set chosen = ?, reason = ? where carrier = ? and service = ? and parcel_id in (?)`,
        [
          offer === choice.chosen,
          rateReasons[reason],
          offer.carrier,
          offer.service,
          parcels.map(({ id }) => id),
        ],
      );
    const { carrier, service } = choice.chosen;
    const account = input.carriers.find((one) => one.carrier === carrier);
    if (!account) throw new Refusal('carrier_gone', `The carrier ${carrier} is no longer connected`);
    const { client } = await connectCarrier(deps, em, account.accountId);
    const purchases: string[] = [];
    for (const parcel of parcels)
      purchases.push(await intend(em, client, parcel, account.accountId, service));
    await em.execute('update fulfillment set carrier = ?, service = ? where id = ?', [
      carrier,
      service,
      input.fulfillmentId,
    ]);
    const tracked = !deps.carriers.find(carrier)!.untracked;
    return { carrier, accountId: account.accountId, service, tracked, purchases };
  });
  return decided!;
}

interface Service {
  carrier: string;
  service: string;
}

const sameService = (one: Service, other: Service) =>
  one.carrier === other.carrier && one.service === other.service;

/** A label that was bought, or may have been, binds all parcels of its fulfillment to its service. */
async function boundTo(em: Em, parcels: readonly ParcelToShip[]): Promise<Service | undefined> {
  const [bound] = await em.execute<Service[]>(
    `select a.carrier, p.service from label_purchase p join carrier_account a on a.id = p.carrier_account_id
     where p.parcel_id in (?) and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null)
     order by p.created_at limit 1`,
    [parcels.map(({ id }) => id)],
  );
  return bound;
}

/** Services that every parcel was quoted, with the sum of the newest prices. */
async function readOffers(em: Em, parcels: readonly ParcelToShip[]) {
  const rows = await em.execute<
    { carrier: string; service: string; currency: string; minor: number; transitDays: number | null }[]
  >(
    `select carrier, service, currency, sum(price)::float8 as minor, max(transit_days) as "transitDays"
     from (select distinct on (parcel_id, carrier, service) * from quote where parcel_id in (?)
           order by parcel_id, carrier, service, quoted_at desc, id desc) newest group by carrier, service, currency having count(distinct parcel_id) = ?
     order by carrier, service`,
    [parcels.map(({ id }) => id), parcels.length],
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
  await em.execute(
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
  await em.insert(LabelPurchaseSchema, {
    id,
    parcelId: parcel.id,
    generation,
    key,
    carrierAccountId,
    service,
    orderVersion: parcel.orderVersion,
    request: client.labelRequest(shipmentOf(parcel, key), service),
  });
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
