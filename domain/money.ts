/**
 * Money is an integer count of minor units in an ISO 4217 currency: EUR 12.34 is 1234, JPY 12 is 12,
 * KWD 1.234 is 1234. No floats anywhere. Providers whose own minor units differ (Stripe's ISK, UGX)
 * convert in their connector.
 */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}
