import { z } from 'zod';
import type { StorefrontClient } from '../storefront.ts';
import type { Graphql } from './graphql.ts';
import { gid, userErrorFailure, userErrors } from './graphql.ts';
import { underNextKey } from './idempotent.ts';
import * as queries from './queries.ts';
import { readOrderMoney } from './read.ts';
import { DROP, refundKey, refundNote } from './refund-note.ts';

type DropRequest = Parameters<StorefrontClient['dropLines']>[0];

const createData = z.object({ refundCreate: z.object({ userErrors }) });

/**
 * In Shopify, units leave an order by a refund of lines; without a transaction it gives no money back, and without a
 * restock it leaves the stock to us. Looked up under its key first, and again after a refusal.
 */
export async function dropLines(graphql: Graphql, request: DropRequest): Promise<void> {
  const orderId = gid('Order', request.orderExternalId);
  const key = request.key + DROP;
  if (await isDropped(graphql, orderId, key)) return;
  const input = {
    orderId,
    note: refundNote(request.reason, key),
    notify: false,
    transactions: [],
    refundLineItems: request.lines.map(({ externalId, quantity }) => ({
      lineItemId: gid('LineItem', externalId),
      quantity,
      restockType: 'NO_RESTOCK',
    })),
  };
  const { userErrors: errors } = await underNextKey(key, async (next) => {
    const data = await graphql.mutate(queries.refundCreateMutation, { input, key: next }, createData);
    return data.refundCreate;
  });
  if (errors.length === 0 || (await isDropped(graphql, orderId, key))) return;
  throw userErrorFailure(errors);
}

async function isDropped(graphql: Graphql, orderId: string, key: string): Promise<boolean> {
  const { refunds } = await readOrderMoney(graphql, orderId);
  return refunds.some(({ note }) => refundKey(note) === key);
}
