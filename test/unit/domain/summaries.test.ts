import { describe, expect, it } from '@jest/globals';
import type { PaymentFact, RefundFact } from '../../../domain/order.ts';
import type { OrderStage } from '../../../domain/stages.ts';
import { paymentSummary, shippingSummary, type ShippedPart } from '../../../domain/summaries.ts';
import { payment, refund } from './sample.ts';

describe('paymentSummary', () => {
  it.each<[string, number, PaymentFact[], RefundFact[]]>([
    ['nothing_due', 0, [], []],
    ['unpaid', 1000, [], []],
    ['authorized', 1000, [payment(1000, 'authorization')], []],
    ['partially_paid', 1000, [payment(999)], []],
    ['paid', 1000, [payment(1000, 'authorization'), payment(1000)], []],
    ['paid', 1000, [payment(1200)], []],
    ['partially_refunded', 1000, [payment(1000)], [refund(1)]],
    ['refunded', 1000, [payment(1000)], [refund(400), refund(600)]],
    ['unpaid', 1000, [payment(1000, 'capture', 'USD')], []],
  ])('%s', (expected, total, payments, refunds) => {
    expect(paymentSummary({ total, currency: 'EUR', payments, refunds })).toBe(expected);
  });
});

describe('shippingSummary', () => {
  const part = (stage: OrderStage, quantity: number, undelivered = false): ShippedPart => ({
    stage,
    quantity,
    undelivered,
  });

  it.each<[string, number, ShippedPart[]]>([
    ['nothing_to_ship', 0, []],
    ['unshipped', 3, []],
    ['unshipped', 3, [part('labelled', 3)]],
    ['unshipped', 3, [part('cancelled', 3)]],
    ['partially_shipped', 3, [part('shipped', 2), part('labelled', 1)]],
    ['partially_shipped', 3, [part('delivered', 2)]],
    ['shipped', 3, [part('shipped', 2), part('shipped', 1)]],
    ['shipped', 3, [part('shipped', 3), part('cancelled', 3)]],
    ['partially_delivered', 3, [part('shipped', 2), part('delivered', 1)]],
    ['delivered', 3, [part('closed', 2), part('delivered', 1)]],
    ['shipped', 3, [part('closed', 3, true)]],
  ])('%s', (expected, toShip, parts) => {
    expect(shippingSummary(toShip, parts)).toBe(expected);
  });
});
