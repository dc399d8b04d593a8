import { PartyFailure } from '../../connectors/failure.ts';
import { personalIn, scrub } from '../../db/privacy.ts';
import type { BuyableAccount } from '../../db/read/carrier-accounts.ts';
import { places } from '../../db/secrets.ts';
import {
  chooseRate,
  commonOffers,
  isAllowed,
  type Quote,
  type RateChoice,
  whyNoRate,
} from '../../domain/rates.ts';
import { type Box, describeShipment } from '../../domain/shipment.ts';
import type { ApiDeps } from '../deps.ts';
import type { Rehearsal, Rehearsed } from './rehearse.ts';

export interface OfferedQuote extends Quote {
  serviceName: string;
  /** The account may buy it. */
  allowed: boolean;
}

export interface RehearsedShipment {
  asked: { carrier: string; account: string; error: string | null }[];
  /** In the order of the boxes. */
  parcels: OfferedQuote[][];
  choice: RateChoice<Quote>;
  why: string | null;
}

/** Asks the connected carriers what they would take for these boxes. Nothing is kept, and nothing bought. */
export async function rehearseRates(
  deps: ApiDeps,
  { order, accounts }: Rehearsal,
  boxes: readonly Box[],
): Promise<RehearsedShipment> {
  const known = accounts.filter(({ carrier }) => deps.carriers.find(carrier) !== null);
  const answers = await Promise.all(known.map((account) => ask(deps, account, boxes, order)));
  const parcels = boxes.map((_, index) => answers.flatMap(({ offers }) => offers[index] ?? []));
  const allowed = parcels.map((offers) => offers.filter((offer) => offer.allowed));
  const choice = chooseRate(commonOffers(allowed), { promiseDays: order.policy.promiseDays });
  return {
    asked: answers.map(({ account, error }) => ({ carrier: account.carrier, account: account.name, error })),
    ...{ parcels, choice },
    why: choice.chosen
      ? null
      : whyNoRate(
          known.map(({ carrier }) => carrier),
          choice.considered.length + allowed.flat().length,
        ),
  };
}

interface Answer {
  account: BuyableAccount;
  error: string | null;
  /** Of each box. */
  offers: OfferedQuote[][];
}

/** As the step does, a carrier that does not answer for one box offers nothing for any. */
async function ask(
  deps: ApiDeps,
  account: BuyableAccount,
  boxes: readonly Box[],
  { snapshot, id }: Rehearsed,
): Promise<Answer> {
  try {
    const credentials = deps.secrets.open(account.credentials, places.carrierCredentials(account.id));
    const client = deps.carriers.find(account.carrier)!.connect({ ...account, credentials });
    const { shippingAddress, currency } = snapshot;
    const rates = await Promise.all(
      boxes.map((box) =>
        client.rates(describeShipment(box, { to: shippingAddress!, currency, reference: id })),
      ),
    );
    const offers = rates.map((offered) =>
      offered.map(({ service, serviceName, price, transitDays }) => ({
        ...{ carrier: account.carrier, service, serviceName, price, transitDays },
        allowed: isAllowed(account.services, service),
      })),
    );
    return { account, error: null, offers };
  } catch (error) {
    if (!(error instanceof PartyFailure))
      deps.log.warn({ carrierAccountId: account.id, reason: nameOf(error) }, 'rates could not be asked for');
    const says = error instanceof PartyFailure ? `${error.code}: ${error.message}` : nameOf(error);
    return { account, error: scrub(says, personalIn(snapshot)), offers: [] };
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : 'Error');
