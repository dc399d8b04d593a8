import { compareText } from './compare.ts';
import { convert, isCurrency, type Money } from './money.ts';

/** One carrier's offer. */
export interface Quote {
  carrier: string;
  service: string;
  price: Money;
  /** Working days; null where the carrier does not say. */
  transitDays: number | null;
}

export interface RateOptions {
  /** Working days that the customer was promised; null where nothing was. */
  promiseDays: number | null;
  /**
   * How to compare prices in several currencies: one unit of the key's currency is worth so many (decimal
   * text) of `to`. Without it only quotes in the currency that most of them are in are compared.
   */
  currencyRates?: { to: string; rates: Readonly<Record<string, string>> };
}

/** Why a quote was chosen or not. Stable codes, stored with the quotes; the sentences are for people. */
export const rateReasons = {
  'cheapest-in-time': 'The cheapest that meets the promise.',
  cheapest: 'The cheapest; no promise to meet.',
  'fastest-but-late': 'The fastest there is, though it misses the promise.',
  'unknown-transit': 'None is known to meet the promise, and no transit time is known: the cheapest.',
  'costs-more': 'Another costs less.',
  'takes-longer': 'Another gets there sooner.',
  'same-price': 'Another was preferred at the same price and transit time, by name.',
  'misses-promise': 'It takes longer than was promised.',
  'transit-not-told': 'The carrier does not tell the transit time, so the promise can’t be relied on.',
  'other-currency': 'Its price can’t be compared: no rate of exchange is at hand.',
  'invalid-price': 'Its price is no amount of money.',
} as const;
export type RateReason = keyof typeof rateReasons;

export interface ConsideredQuote<Q extends Quote> {
  quote: Q;
  reason: RateReason;
}

export interface RateChoice<Q extends Quote> {
  /** null where no quote could be compared. */
  chosen: Q | null;
  /** The promise is missed, or not known to be met. False without a promise. */
  late: boolean;
  /** Every quote with its reason, the chosen one first, then in order of preference, those left out last. */
  considered: ConsideredQuote<Q>[];
}

/** A quote with its price in the currency of comparison. */
interface Candidate<Q> {
  quote: Q;
  price: number;
}

/**
 * The cheapest that meets the promise wins; equal prices go by transit time, then carrier and service name. If
 * none meets it, the fastest is taken and the choice says so. Deterministic whatever the order of the quotes.
 */
export function chooseRate<Q extends Quote>(quotes: readonly Q[], options: RateOptions): RateChoice<Q> {
  const { candidates, leftOut } = comparable(quotes, options.currencyRates);
  const { promiseDays } = options;
  const isInTime = ({ quote }: Candidate<Q>) =>
    promiseDays === null || (quote.transitDays !== null && quote.transitDays <= promiseDays);
  const inTime = candidates.filter(isInTime).sort(byPrice);
  const others = candidates.filter((candidate) => !isInTime(candidate));
  const late = inTime.length === 0 && others.length > 0;
  const [best, ...rest] = late ? others.sort(byTransit) : [...inTime, ...others.sort(byPrice)];
  if (!best) return { chosen: null, late: false, considered: leftOut };
  const considered = [
    { quote: best.quote, reason: whyChosen(best, late, promiseDays) },
    ...rest.map((candidate) => ({
      quote: candidate.quote,
      reason: late || isInTime(candidate) ? whyBeaten(candidate, best, late) : whyTooLate(candidate),
    })),
    ...leftOut,
  ];
  return { chosen: best.quote, late, considered };
}

/** `offers`: services that at least one parcel was offered, of these carriers. */
export const whyNoRate = (carriers: readonly string[], offers: number): string =>
  carriers.length === 0
    ? 'No carrier is connected: connect one, then retry'
    : offers === 0
      ? `None of ${carriers.join(', ')} offered a rate for this lane and parcel`
      : 'No carrier offers one service for all parcels of this fulfillment';

/** `services`: those of an account that may be bought; null: all. */
export const isAllowed = (services: readonly string[] | null, service: string): boolean =>
  services?.includes(service) ?? true;

/** Services that every parcel was quoted, with the sum of their prices and the longest of their times. */
export function commonOffers(perParcel: readonly (readonly Quote[])[]): Quote[] {
  const [first = [], ...rest] = perParcel;
  return first.flatMap((quote) => {
    const others = rest.map((quotes) => quotes.find((other) => isSameOffer(quote, other)));
    const all = [quote, ...others.filter((other) => other !== undefined)];
    if (all.length < perParcel.length) return [];
    const minor = all.reduce((sum, { price }) => sum + price.minor, 0);
    const known = all.flatMap(({ transitDays }) => transitDays ?? []);
    const { carrier, service, price } = quote;
    const transitDays = known.length > 0 ? Math.max(...known) : null;
    return [{ carrier, service, price: { minor, currency: price.currency }, transitDays }];
  });
}

const isSameOffer = (a: Quote, b: Quote) =>
  a.carrier === b.carrier && a.service === b.service && a.price.currency === b.price.currency;

function whyChosen(best: Candidate<Quote>, late: boolean, promiseDays: number | null): RateReason {
  if (!late) return promiseDays === null ? 'cheapest' : 'cheapest-in-time';
  return best.quote.transitDays === null ? 'unknown-transit' : 'fastest-but-late';
}

function whyTooLate({ quote }: Candidate<Quote>): RateReason {
  return quote.transitDays === null ? 'transit-not-told' : 'misses-promise';
}

/** The first comparison that it lost against the chosen one. */
function whyBeaten(candidate: Candidate<Quote>, best: Candidate<Quote>, late: boolean): RateReason {
  const longer = transit(candidate) > transit(best);
  const unknown = candidate.quote.transitDays === null;
  const dearer = candidate.price > best.price;
  if (longer && (late || !dearer)) return late && unknown ? 'transit-not-told' : 'takes-longer';
  return dearer ? 'costs-more' : 'same-price';
}

function comparable<Q extends Quote>(
  quotes: readonly Q[],
  given: RateOptions['currencyRates'],
): { candidates: Candidate<Q>[]; leftOut: ConsideredQuote<Q>[] } {
  const valid = quotes.filter(({ price }) => isPrice(price));
  const to = given?.to ?? commonCurrency(valid);
  const priceOf = ({ price }: Q): number | null => {
    if (price.currency === to) return price.minor;
    const rate =
      given && Object.hasOwn(given.rates, price.currency) ? given.rates[price.currency] : undefined;
    return rate === undefined || to === null ? null : convert(price, rate, to).minor;
  };
  const priced = valid.map((quote) => ({ quote, price: priceOf(quote) }));
  const leftOut = [
    ...priced.flatMap(({ quote, price }) =>
      price === null ? [{ quote, reason: 'other-currency' as const }] : [],
    ),
    ...quotes.flatMap((quote) => (isPrice(quote.price) ? [] : [{ quote, reason: 'invalid-price' as const }])),
  ];
  return {
    candidates: priced.flatMap(({ quote, price }) => (price === null ? [] : [{ quote, price }])),
    leftOut: leftOut.sort((a, b) => byName(a.quote, b.quote)),
  };
}

function isPrice({ minor, currency }: Money): boolean {
  return Number.isSafeInteger(minor) && minor >= 0 && isCurrency(currency);
}

/** That of most quotes; of equally many, the alphabetically first. */
function commonCurrency(quotes: readonly Quote[]): string | null {
  const counts = Map.groupBy(quotes, ({ price }) => price.currency);
  const [common] = [...counts].sort(
    ([a, some], [b, others]) => others.length - some.length || compareText(a, b),
  );
  return common?.[0] ?? null;
}

function transit({ quote }: Candidate<Quote>): number {
  return quote.transitDays ?? Infinity;
}

function byPrice(a: Candidate<Quote>, b: Candidate<Quote>): number {
  return a.price - b.price || compareTransit(a, b) || byName(a.quote, b.quote);
}

function byTransit(a: Candidate<Quote>, b: Candidate<Quote>): number {
  return compareTransit(a, b) || a.price - b.price || byName(a.quote, b.quote);
}

function compareTransit(a: Candidate<Quote>, b: Candidate<Quote>): number {
  return transit(a) === transit(b) ? 0 : transit(a) - transit(b);
}

function byName(a: Quote, b: Quote): number {
  return compareText(a.carrier, b.carrier) || compareText(a.service, b.service);
}
