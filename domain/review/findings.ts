/** What a finding leads to by itself, the worst first. A note leads to nothing. */
export const severities = ['refuse', 'hold', 'await-payment', 'note'] as const;
export type Severity = (typeof severities)[number];

/** Stable, from the first rule to the last: findings of equal severity are listed in this order. */
export const findingCodes = [
  'currency-unknown',
  'amount-invalid',
  'amounts-differ',
  'line-implausible',
  'payment-voided',
  'payment-failed',
  'payment-refunded',
  'payment-pending',
  'payment-authorized',
  'payment-partial',
  'payment-partly-refunded',
  'address-missing',
  'address-incomplete',
  'country-unknown',
  'country-not-served',
  'held-in-shop',
  'customer-blocked',
  'duplicate',
  'fraud-cancel',
  'fraud-investigate',
  'approval-needed',
  'approval-not-comparable',
  'quantity-high',
  'placed-long-ago',
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** The message names fields, codes, countries and amounts, never what a customer typed. */
export interface Finding {
  code: FindingCode;
  severity: Severity;
  message: string;
}
