import { v7 as uuid } from 'uuid';
import type { CarrierClient } from '../connectors/carriers/carrier.ts';
import type { Em } from '../db/database.ts';
import { type ParcelToShip, readParcelsToShip } from '../db/parcels-to-ship.ts';
import { insertBehind, writeBehind } from '../db/transaction.ts';
import { policyOf } from '../domain/policy.ts';
import { chooseRate, whyNoRate } from '../domain/rates.ts';
import { type CarrierAccount, connectAccount } from './connect-carrier.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';
import { lockLiveFulfillment } from './live-fulfillment.ts';
import { boundTo, type CarrierChoice, explainQuotes, readOffers, sameService } from './quotes.ts';
import { shipmentOf } from './shipment.ts';
import { decideOnce } from './steps.ts';

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
  const read = (em: Em) =>
    Promise.all([
      lockLiveFulfillment(em, key, input.fulfillmentId),
      readParcelsToShip(em, input.fulfillmentId),
      readPolicy(em, input.orderId),
      boundTo(em, input.fulfillmentId),
      readOffers(em, input.fulfillmentId),
      readAccounts(em, input.carriers),
      readPurchases(em, input.fulfillmentId),
    ]);
  type Found = Awaited<ReturnType<typeof read>>;
  const decided = await decideOnce<RateDecision, Found>(deps, key, read, async (em, found) => {
    const [, parcels, policy, bound, quoted, accounts, made] = found;
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
    const { accountId } = account;
    const connected = accounts.find(({ id }) => id === accountId);
    const { client } = connectAccount(deps, connected, accountId);
    const how = { accountId, client, service };
    const purchases = await setAsideUnsent(em, made);
    const intended = await Promise.all(
      parcels.map((parcel) =>
        intend(
          em,
          parcel,
          purchases.filter(({ parcelId }) => parcelId === parcel.id),
          how,
        ),
      ),
    );
    await writeBehind(em, 'update fulfillment set carrier = ?, service = ? where id = ?', [
      carrier,
      service,
      input.fulfillmentId,
    ]);
    const tracked = !deps.carriers.find(carrier)!.untracked;
    return { carrier, accountId, service, tracked, purchases: intended };
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

async function readAccounts(em: Em, carriers: readonly CarrierChoice[]): Promise<CarrierAccount[]> {
  if (carriers.length === 0) return [];
  return em.execute<CarrierAccount[]>(
    'select id, carrier, url, credentials, services from carrier_account where id in (?)',
    [carriers.map(({ accountId }) => accountId)],
  );
}

interface Earlier {
  id: string;
  parcelId: string;
  live: boolean;
}

/** All purchases of a fulfillment's parcels. `unsent`: it certainly did not reach the carrier. */
async function readPurchases(em: Em, fulfillmentId: string): Promise<(Earlier & { unsent: boolean })[]> {
  return em.execute(
    `select p.id, p.parcel_id as "parcelId", p.state in ('intended', 'bought') as live,
            p.state = 'intended' and p.sent_at is null as unsent
     from label_purchase p join parcel c on c.id = p.parcel_id where c.fulfillment_id = ?`,
    [fulfillmentId],
  );
}

/** What certainly did not reach the carrier goes no further: it is bought anew, where it is bought. */
async function setAsideUnsent(em: Em, made: Awaited<ReturnType<typeof readPurchases>>): Promise<Earlier[]> {
  const unsent = made.filter((purchase) => purchase.unsent).map(({ id }) => id);
  if (unsent.length > 0)
    await writeBehind(em, `update label_purchase set state = 'refused', settled_at = now() where id in (?)`, [
      unsent,
    ]);
  return made.map(({ id, parcelId, live }) => ({ id, parcelId, live: live && !unsent.includes(id) }));
}

/** At most one purchase of a parcel is live. One that may have reached the carrier stays what it is. */
async function intend(
  em: Em,
  parcel: ParcelToShip,
  earlier: readonly Earlier[],
  { client, accountId, service }: { client: CarrierClient; accountId: string; service: string },
): Promise<string> {
  const live = earlier.find((purchase) => purchase.live);
  if (live) return live.id;
  const id = uuid();
  const generation = earlier.length + 1;
  const key = `${parcel.id.replaceAll('-', '')}-${generation}`.toUpperCase();
  await insertBehind(em, 'label_purchase', [
    {
      id,
      parcel_id: parcel.id,
      generation,
      key,
      carrier_account_id: accountId,
      service,
      order_version: parcel.orderVersion,
      request: JSON.stringify(client.labelRequest(shipmentOf(parcel, key), service)),
    },
  ]);
  return id;
}
