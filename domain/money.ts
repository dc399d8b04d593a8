/**
 * Money is an integer count of minor units in an ISO 4217 currency: EUR 12.34 is 1234, JPY 12 is 12,
 * KWD 1.234 is 1234. No floats anywhere. Providers whose own minor units differ (Stripe's ISK, UGX)
 * convert in their connector.
 */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** Money as the HTTP API speaks it. */
export interface WireMoney {
  amount: string;
  currency: string;
}

/** The text or number is no amount of money in that currency. The message holds no more than both. */
export class InvalidMoney extends RangeError {
  override readonly name = 'InvalidMoney';
}

/**
 * ISO 4217 list one by number of decimals, funds codes included; metals, test codes and "no currency" are
 * left out. ANG, BGN and HRK are withdrawn and still found in older orders. MGA and MRU divide by five in
 * coins and have two decimals in ISO 4217.
 */
const codesByExponent: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
    HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN
    UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const exponents: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByExponent).flatMap(([decimals, codes]) =>
    codes.split(/\s+/).map((code) => [code, Number(decimals)] as const),
  ),
);

/** Whether it is a currency that money can be in: an upper-case ISO 4217 code. */
export function isCurrency(code: string): boolean {
  return exponents.has(code);
}

/** How many decimals the currency has. Throws `InvalidMoney` for what is no ISO 4217 code. */
export function exponent(currency: string): number {
  const decimals = exponents.get(currency);
  if (decimals === undefined) throw new InvalidMoney(`Not an ISO 4217 currency: ${JSON.stringify(currency)}`);
  return decimals;
}

/**
 * "12.34" EUR → 1234, "-12.3" EUR → -1230, "12" JPY → 12. Decimals beyond the currency's must be zeros
 * ("12.00" JPY is 12): nothing is ever rounded. Throws `InvalidMoney` for anything else, "1e3", "1,234.00",
 * ".5", blanks and amounts beyond 2^53 − 1 minor units included.
 */
export function parseMinor(decimal: string, currency: string): number {
  const decimals = exponent(currency);
  const refuse = (why: string) =>
    new InvalidMoney(`Not an amount in ${currency}, ${why}: ${quoted(decimal)}`);
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
  if (!parts) throw refuse('not a plain decimal number');
  const [, sign, whole = '', fraction = ''] = parts;
  if (/[1-9]/.test(fraction.slice(decimals))) throw refuse(`more than ${decimals} decimals`);
  const size = Number(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  if (!Number.isSafeInteger(size)) throw refuse('too large');
  return sign && size !== 0 ? -size : size;
}

/** 1234 EUR → "12.34", -5 EUR → "-0.05", 12 JPY → "12". Throws `InvalidMoney` unless a safe integer. */
export function formatMinor(minor: number, currency: string): string {
  const decimals = exponent(currency);
  if (!Number.isSafeInteger(minor)) throw new InvalidMoney(`Not a whole number of minor units: ${minor}`);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals ? `.${digits.slice(-decimals)}` : '';
  return `${minor < 0 ? '-' : ''}${whole}${fraction}`;
}

/** As the HTTP API shows it: `{ amount: "12.34", currency: "EUR" }`. */
export function toWire(money: Money): WireMoney {
  return { amount: formatMinor(money.minor, money.currency), currency: money.currency };
}

/** The reverse of `toWire`; throws `InvalidMoney`. */
export function fromWire(wire: WireMoney): Money {
  return { minor: parseMinor(wire.amount, wire.currency), currency: wire.currency };
}

/**
 * The amount in another currency: `rate` is a decimal text and tells how many units of `to` one unit of the
 * amount's currency is worth ("0.92" for USD to EUR). Exact up to one rounding, half away from zero, to the
 * minor unit. Throws `InvalidMoney` for a rate that is no positive plain decimal, or a result beyond 2^53 − 1.
 */
export function convert(money: Money, rate: string, to: string): Money {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(rate);
  const [, whole = '', fraction = ''] = parts ?? [];
  const scaled = parts ? BigInt(whole + fraction) : 0n;
  if (scaled === 0n) throw new InvalidMoney(`Not a rate of exchange: ${quoted(rate)}`);
  if (!Number.isSafeInteger(money.minor))
    throw new InvalidMoney(`Not a whole number of minor units: ${money.minor}`);
  const numerator = BigInt(Math.abs(money.minor)) * scaled * 10n ** BigInt(exponent(to));
  const denominator = 10n ** BigInt(fraction.length + exponent(money.currency));
  const size = Number((2n * numerator + denominator) / (2n * denominator));
  if (!Number.isSafeInteger(size))
    throw new InvalidMoney(`Too large in ${to}: ${money.minor} at ${quoted(rate)}`);
  return { minor: money.minor < 0 && size !== 0 ? -size : size, currency: to };
}

/**
 * Splits an amount in proportion to the weights (largest remainder): the shares sum to the amount exactly,
 * each is within one minor unit of its proportion, and equal remainders go to the earlier share. Weights are
 * non-negative safe integers (amounts, grams, quantities); all zero means equal shares. A negative amount
 * splits as its opposite does. Throws `InvalidMoney` for other input, or for a non-zero amount without weights.
 */
export function splitByWeights(minor: number, weights: readonly number[]): number[] {
  if (!Number.isSafeInteger(minor)) throw new InvalidMoney(`Not a whole number of minor units: ${minor}`);
  const wrong = weights.find((weight) => !Number.isSafeInteger(weight) || weight < 0);
  if (wrong !== undefined) throw new InvalidMoney(`Not a weight: ${wrong}`);
  if (weights.length === 0) {
    if (minor !== 0) throw new InvalidMoney(`${minor} can't be split among none`);
    return [];
  }
  const amount = BigInt(Math.abs(minor));
  const given = weights.map(BigInt);
  const proportions = given.some((weight) => weight > 0n) ? given : given.map(() => 1n);
  const whole = proportions.reduce((sum, weight) => sum + weight, 0n);
  const shares = proportions.map((weight, index) => ({
    index,
    floor: Number((amount * weight) / whole),
    remainder: (amount * weight) % whole,
  }));
  const left = Number(amount) - shares.reduce((sum, share) => sum + share.floor, 0);
  const roundedUp = new Set(
    shares
      .toSorted(
        (a, b) => Number(b.remainder > a.remainder) - Number(b.remainder < a.remainder) || a.index - b.index,
      )
      .slice(0, left)
      .map((share) => share.index),
  );
  return shares.map(({ index, floor }) => {
    const size = floor + (roundedUp.has(index) ? 1 : 0);
    return minor < 0 && size !== 0 ? -size : size;
  });
}

/** Short enough for a message, whatever was sent. */
function quoted(text: string): string {
  return JSON.stringify(String(text).slice(0, 40));
}
