import type { StorefrontEvent } from '../../connectors/storefronts/storefront.ts';
import { formatMinor, InvalidMoney, parseMinor } from '../../domain/money.ts';
import type { OrderLine, OrderSnapshot, PaymentFact } from '../../domain/order.ts';
import { type FieldError, invalid } from '../problem.ts';
import type { AmountGiven, NewOrder } from '../schemas/new-order.ts';

export type OrderEvent = Extract<StorefrontEvent, { kind: 'order' }>;

/** The posted order as the event that a shop's webhook would be. Throws a `validation` problem; pure. */
export function toOrderEvent(order: NewOrder, now: string): OrderEvent {
  const errors: FieldError[] = [];
  const minor = minorUnits(order.currency, errors);
  const lines = order.lines.map((line, index) => toLine(line, index, minor));
  errors.push(...repeatedIds(lines), ...missingAddress(order));
  const totals = toTotals(order, lines, minor, errors);
  if (errors.length > 0) throw invalid(...errors);
  const snapshot: OrderSnapshot = {
    externalId: order.externalId,
    number: order.number ?? order.externalId,
    placedAt: order.placedAt ?? now,
    updatedAt: order.updatedAt ?? now,
    currency: order.currency,
    ...totals,
    test: order.test,
    cancelledAt: order.cancelledAt,
    pickup: order.pickup,
    payment: {
      state: order.payment.state,
      provider: order.payment.provider,
      ...(order.payment.externalId !== undefined && { externalId: order.payment.externalId }),
    },
    fraud: null,
    customer: {
      externalId: order.customer.externalId ?? null,
      email: order.customer.email ?? null,
      phone: order.customer.phone ?? null,
    },
    shippingAddress: order.shippingAddress,
    lines,
  };
  const payments = toPayments(order, snapshot, minor, errors);
  if (errors.length > 0) throw invalid(...errors);
  return { kind: 'order', snapshot, payments, refunds: [] };
}

type Minor = (field: string, given: AmountGiven | undefined, otherwise: number) => number;

/** Reads amounts in the order's currency; what is none becomes an error and counts as nothing. */
function minorUnits(currency: string, errors: FieldError[]): Minor {
  return (field, given, otherwise) => {
    if (given === undefined) return otherwise;
    const money = typeof given === 'string' ? { amount: given, currency } : given;
    const refuse = (message: string) => {
      errors.push({ field, message });
      return 0;
    };
    if (money.currency !== currency) return refuse(`must be in the order's currency ${currency}`);
    try {
      const minor = parseMinor(money.amount, currency);
      return minor < 0 ? refuse('must not be negative') : minor;
    } catch (error) {
      if (error instanceof InvalidMoney) return refuse(error.message);
      throw error;
    }
  };
}

function toLine(line: NewOrder['lines'][number], index: number, minor: Minor): OrderLine {
  const unitPrice = minor(`lines.${index}.unitPrice`, line.unitPrice, 0);
  return {
    externalId: line.externalId ?? String(index + 1),
    sku: line.sku,
    title: line.title ?? line.sku ?? 'Untitled',
    quantity: line.quantity,
    fulfillable: line.quantity,
    ships: line.ships,
    unitPrice,
    total: minor(`lines.${index}.total`, line.total, unitPrice * line.quantity),
    tax: minor(`lines.${index}.tax`, line.tax, 0),
  };
}

function repeatedIds(lines: readonly OrderLine[]): FieldError[] {
  return lines.flatMap(({ externalId }, index) =>
    lines.findIndex((line) => line.externalId === externalId) < index
      ? {
          field: `lines.${index}.externalId`,
          message: `is another line's too: ${JSON.stringify(externalId)}`,
        }
      : [],
  );
}

function missingAddress(order: NewOrder): FieldError[] {
  const ships = !order.pickup && order.lines.some((line) => line.ships && line.sku !== null);
  if (!ships || order.shippingAddress) return [];
  return [{ field: 'shippingAddress', message: 'is required, since something is to be shipped' }];
}

/** The amounts must add up: a difference would be money that nobody can explain later. */
function toTotals(
  order: NewOrder,
  lines: readonly OrderLine[],
  minor: Minor,
  errors: FieldError[],
): Pick<OrderSnapshot, 'totals' | 'taxesIncluded'> {
  const sum = (of: 'total' | 'tax') => lines.reduce((total, line) => total + line[of], 0);
  const shipping = minor('shipping', order.shipping, 0);
  const tax = minor('tax', order.tax, sum('tax'));
  const discount = minor('discount', order.discount, 0);
  const gross = sum('total') + shipping - discount;
  const withTax = gross + tax;
  const total = minor('total', order.total, order.taxesIncluded === false ? withTax : gross);
  const taxesIncluded = order.taxesIncluded ?? total === gross;
  const expected = taxesIncluded ? gross : withTax;
  const totals = { shipping, tax, discount, other: 0, total };
  if (errors.length > 0) return { totals, taxesIncluded };
  if (!Number.isSafeInteger(withTax) || gross < 0)
    errors.push({
      field: 'lines',
      message: gross < 0 ? 'cost less than the discount' : 'add up to too large an amount',
    });
  else if (total !== expected)
    errors.push({ field: 'total', message: difference(order.currency, total, gross, tax) });
  return { totals, taxesIncluded };
}

function difference(currency: string, total: number, gross: number, tax: number): string {
  const [given, sum, taxes] = [total, gross, tax].map((minor) => formatMinor(minor, currency));
  return `is ${given}, but lines, shipping and discount add up to ${sum}${tax > 0 ? `, and tax is ${taxes}` : ''} ${currency}`;
}

/** The money that the state speaks of. A refund is posted nowhere here: it comes from whoever paid it. */
function toPayments(
  order: NewOrder,
  snapshot: OrderSnapshot,
  minor: Minor,
  errors: FieldError[],
): PaymentFact[] {
  const { payment } = order;
  const kind = kinds[payment.state];
  if (payment.state === 'partially_paid' && payment.amount === undefined)
    errors.push({ field: 'payment.amount', message: 'is required when the order is partially paid' });
  const amount = minor('payment.amount', payment.amount, snapshot.totals.total);
  if (kind === undefined || amount === 0) return [];
  return [
    {
      externalId: payment.externalId ?? order.externalId,
      kind,
      amount,
      currency: order.currency,
      provider: payment.provider,
      at: payment.at ?? snapshot.placedAt,
    },
  ];
}

const kinds: Readonly<Partial<Record<NewOrder['payment']['state'], PaymentFact['kind']>>> = {
  authorized: 'authorization',
  paid: 'capture',
  partially_paid: 'capture',
  partially_refunded: 'capture',
  refunded: 'capture',
};
