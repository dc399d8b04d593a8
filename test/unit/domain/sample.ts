import type { OrderLine, OrderSnapshot, PaymentFact, RefundFact } from '../../../domain/order.ts';

/** A paid order of one line that nothing is wrong with. */
export function order(changes: Partial<OrderSnapshot> = {}): OrderSnapshot {
  return {
    externalId: '1001',
    number: '#1001',
    placedAt: '2026-03-01T10:00:00Z',
    updatedAt: '2026-03-01T10:00:00Z',
    currency: 'EUR',
    taxesIncluded: false,
    totals: { shipping: 500, tax: 570, discount: 0, other: 0, total: 4070 },
    test: false,
    cancelledAt: null,
    pickup: false,
    payment: { state: 'paid', provider: 'stripe' },
    fraud: null,
    customer: { externalId: 'c1', email: 'sample.person@example.com', phone: '+15550100' },
    shippingAddress: {
      name: 'Sample Person',
      line1: 'Beispielweg 1',
      city: 'Berlin',
      postalCode: '10115',
      country: 'DE',
      phone: '+15550100',
    },
    lines: [line()],
    ...changes,
  };
}

export function line(changes: Partial<OrderLine> = {}): OrderLine {
  return {
    externalId: 'l1',
    sku: 'MUG',
    title: 'Mug',
    quantity: 2,
    fulfillable: 2,
    ships: true,
    unitPrice: 1500,
    total: 3000,
    tax: 570,
    ...changes,
  };
}

const at = '2026-03-01T10:00:00Z';

export function payment(
  amount: number,
  kind: PaymentFact['kind'] = 'capture',
  currency = 'EUR',
): PaymentFact {
  return { externalId: `p${amount}`, kind, amount, currency, provider: 'stripe', at };
}

export function refund(amount: number, currency = 'EUR'): RefundFact {
  return { externalId: `r${amount}`, amount, currency, provider: 'stripe', at };
}
