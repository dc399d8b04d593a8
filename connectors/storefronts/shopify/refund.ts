import { z } from 'zod';
import { formatMinor, parseMinor } from '../../../domain/money.ts';
import type { RefundFact } from '../../../domain/order.ts';
import type { StorefrontClient } from '../storefront.ts';
import { gid, gidNumber, orderMissing, refusal, userErrorFailure, userErrors } from './graphql.ts';
import type { Graphql } from './graphql.ts';
import { refundFact } from './graphql-order.ts';
import { transaction } from './graphql-schema.ts';
import { underNextKey } from './idempotent.ts';
import * as queries from './queries.ts';
import { readOrderMoney, understood } from './read.ts';
import { refundKey, refundNote } from './refund-note.ts';

type RefundRequest = Parameters<StorefrontClient['refund']>[0];

const moneyValue = z.object({ amount: z.string(), currencyCode: z.string() });
const parentSchema = z.object({
  id: gidNumber,
  gateway: z.string().nullish(),
  amountSet: z.object({ shopMoney: moneyValue, presentmentMoney: moneyValue }),
});
const parentData = z.object({
  order: z
    .object({
      currencyCode: z.string(),
      presentmentCurrencyCode: z.string(),
      transactions: z.array(parentSchema),
    })
    .nullable(),
});
const createData = z.object({
  refundCreate: z.object({
    refund: z.object({ transactions: z.object({ nodes: z.array(transaction) }) }).nullable(),
    userErrors,
  }),
});

/** Money only: no lines, no restock. Looked up under its key first, and again after a refusal. */
export async function refund(graphql: Graphql, request: RefundRequest): Promise<RefundFact> {
  const orderId = gid('Order', request.orderExternalId);
  const known = await findRefund(graphql, orderId, request.key);
  if (known) return known;
  const input = await refundInput(graphql, orderId, request);
  const refundCreate = await underNextKey(request.key, async (key) => {
    const data = await graphql.mutate(queries.refundCreateMutation, { input, key }, createData);
    return data.refundCreate;
  });
  if (refundCreate.userErrors.length > 0) {
    const twin = await findRefund(graphql, orderId, request.key);
    if (twin) return twin;
    throw userErrorFailure(refundCreate.userErrors);
  }
  const made = refundCreate.refund?.transactions.nodes.find(({ kind }) => kind === 'REFUND');
  if (!made || !isGiven(made)) throw refundFailed();
  return understood(() => refundFact(made, input.note));
}

async function findRefund(graphql: Graphql, orderId: string, key: string): Promise<RefundFact | null> {
  const { refunds, transactions } = await readOrderMoney(graphql, orderId);
  const ours = refunds.find(({ note }) => refundKey(note) === key);
  if (!ours) return null;
  const ids = new Set(ours.transactions.nodes.map(({ id }) => id));
  const made = transactions.find(({ id, kind }) => kind === 'REFUND' && ids.has(id));
  if (!made || !isGiven(made)) throw refundFailed();
  return understood(() => refundFact(made, ours.note));
}

/** Pending counts: the gateway has it, and it must not be asked again. */
const isGiven = ({ status }: { status: string }) => status === 'SUCCESS' || status === 'PENDING';

const refundFailed = () =>
  refusal(
    'refund-failed',
    'The payment gateway did not give the money back; the shop shows the failed refund.',
  );

async function refundInput(graphql: Graphql, orderId: string, request: RefundRequest) {
  const { order } = await graphql.query(queries.refundParentQuery, { id: orderId }, parentData);
  if (!order) throw orderMissing();
  const parent = order.transactions.find(({ id }) => id === request.paymentExternalId);
  if (!parent?.gateway) throw refusal('payment-not-found', 'The shop has no such payment of the order.');
  if (order.currencyCode !== request.currency)
    throw refusal('currency-differs', `The order is in ${order.currencyCode}, not ${request.currency}.`);
  const { gateway, amountSet } = parent;
  const amount = understood(() => presentmentAmount(amountSet, request.amount));
  return {
    orderId,
    note: refundNote(request.reason, request.key),
    notify: false,
    ...(order.presentmentCurrencyCode !== order.currencyCode && { currency: order.presentmentCurrencyCode }),
    transactions: [
      {
        orderId,
        parentId: gid('OrderTransaction', request.paymentExternalId),
        kind: 'REFUND',
        gateway,
        amount,
      },
    ],
  };
}

/**
 * Shopify refunds in the currency that the customer paid in: the same share of that as of the shop's money,
 * rounded half up to its minor unit.
 */
export function presentmentAmount(
  { shopMoney, presentmentMoney }: z.infer<typeof parentSchema>['amountSet'],
  amount: number,
): string {
  const { currencyCode } = presentmentMoney;
  const shop = BigInt(parseMinor(shopMoney.amount, shopMoney.currencyCode));
  const paid = BigInt(parseMinor(presentmentMoney.amount, currencyCode));
  if (shop === 0n || shopMoney.currencyCode === currencyCode) return formatMinor(amount, currencyCode);
  return formatMinor(Number((2n * BigInt(amount) * paid + shop) / (2n * shop)), currencyCode);
}
