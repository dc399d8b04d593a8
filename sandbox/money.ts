/** Decimals of a currency (ISO 4217) where they are not two. */
const decimals: Record<string, number> = {
  BHD: 3,
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};

export const exponent = (currency: string): number => decimals[currency] ?? 2;

/** "12.34" → 1234 for EUR. Throws a RangeError on anything that is no amount of the currency. */
export function toMinor(amount: string | number, currency: string): number {
  const text = String(amount).trim();
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const places = exponent(currency);
  if (match === null || (match[3] ?? '').replace(/0+$/, '').length > places)
    throw new RangeError(`"${text}" is no amount in ${currency}`);
  const minor = Number(match[2]! + (match[3] ?? '').padEnd(places, '0').slice(0, places));
  return match[1] === '-' ? -minor : minor;
}

/** 1234 → "12.34" for EUR, 1234 → "1234" for JPY; `places` overrides the currency's own. */
export function toDecimal(minor: number, currency: string, places = exponent(currency)): string {
  return (minor / 10 ** exponent(currency)).toFixed(places);
}

/** The tax in an amount that includes it, or on one that does not. */
export function taxOf(amount: number, rate: number, included: boolean): number {
  return Math.round(included ? amount - amount / (1 + rate) : amount * rate);
}
