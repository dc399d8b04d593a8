import { toDecimal } from '../money.ts';
import { billingCurrency, laneOf, services, type Service } from './lanes.ts';

export interface PackageFacts {
  weightKg: number;
  /** Centimeters. */
  dimensions: { length: number; width: number; height: number } | null;
}

export interface Quote {
  service: Service;
  currency: string;
  /** Minor units of the whole shipment, and of each package. */
  total: number;
  packages: number[];
  billedKg: number[];
  days: number;
}

/** UPS takes 70 kg (150 lb) per package at most. */
export const maximumKg = 70;

/** Rough value of one US dollar, so that amounts look like the currency's. */
const perDollar: Record<string, number> = {
  AUD: 1.5,
  CAD: 1.4,
  CHF: 0.9,
  CNY: 7.2,
  DKK: 6.9,
  EUR: 0.92,
  GBP: 0.79,
  HKD: 7.8,
  JPY: 150,
  MXN: 18,
  NOK: 10.6,
  PLN: 4,
  SEK: 10.5,
  SGD: 1.35,
  USD: 1,
};

/** The same parcel on the same lane always costs the same. */
export function quotes(from: string, to: string, packages: PackageFacts[], negotiated: boolean): Quote[] {
  return services[laneOf(from, to)].map((service) =>
    quote(service, billingCurrency(from), packages, negotiated),
  );
}

function quote(service: Service, currency: string, packages: PackageFacts[], negotiated: boolean): Quote {
  const billedKg = packages.map(billedWeight);
  const unit = (perDollar[currency] ?? 1) * (currency === 'JPY' ? 1 : 100) * (negotiated ? 0.85 : 1);
  const each = billedKg.map((kg) => Math.round((service.base + service.perKg * kg) * unit));
  return {
    service,
    currency,
    total: each.reduce((sum, price) => sum + price, 0),
    packages: each,
    billedKg,
    days: service.days,
  };
}

/** The greater of real and dimensional weight (cm³ / 5000), by the half kilogram. */
function billedWeight({ weightKg, dimensions }: PackageFacts): number {
  const volume = dimensions === null ? 0 : dimensions.length * dimensions.width * dimensions.height;
  return Math.ceil(Math.max(weightKg, volume / 5000, 0.5) * 2) / 2;
}

export const charge = (minor: number, currency: string) => ({
  CurrencyCode: currency,
  MonetaryValue: toDecimal(minor, currency, 2),
});
