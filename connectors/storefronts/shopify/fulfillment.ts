import { z } from 'zod';
import type { PartyFailure } from '../../failure.ts';
import type { FulfillmentNotice } from '../storefront.ts';
import {
  allNodes,
  gid,
  gidNumber,
  orderMissing,
  page,
  refusal,
  userErrorFailure,
  userErrors,
} from './graphql.ts';
import type { Graphql } from './graphql.ts';
import { isOpen } from './graphql-order.ts';
import type { FulfillmentOrder } from './graphql-schema.ts';
import * as queries from './queries.ts';
import { readFulfillmentOrders } from './read.ts';

const known = z.object({
  fulfillments: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      trackingInfo: z.array(z.object({ number: z.string().nullish() })),
    }),
  ),
});
const fulfillmentsData = z.object({ order: known.nullable() });
const fulfillmentLinesData = z.object({
  fulfillment: z
    .object({
      fulfillmentLineItems: page(
        z.object({ quantity: z.int().nullish(), lineItem: z.object({ id: gidNumber }) }),
      ),
    })
    .nullable(),
});
const createData = z.object({
  fulfillmentCreate: z.object({
    fulfillment: z.object({ id: z.string(), order: known }).nullable(),
    userErrors,
  }),
});
const cancelData = z.object({ fulfillmentCancel: z.object({ userErrors }) });
const statusData = z.object({ fulfillment: z.object({ status: z.string() }).nullable() });

/** Units by line of the order. */
type Units = Map<string, number>;

/** A fulfillment in the shop that carries our tracking number. */
interface Ours {
  id: string;
  units: Units;
}

/**
 * Shopify has no idempotency key here: what carries our tracking number already is ours. A fulfillment lies at
 * one location, so a notice whose lines are assigned to several becomes several, their ids joined by ','.
 */
export async function createFulfillment(
  graphql: Graphql,
  notice: FulfillmentNotice,
): Promise<{ externalId: string }> {
  const order = gid('Order', notice.orderExternalId);
  const [before, open] = await Promise.all([
    readOurs(graphql, order, notice.tracking.number),
    readFulfillmentOrders(graphql, order),
  ]);
  const missing = subtract(wanted(notice), before);
  if (missing.size === 0) return withoutSurplus(graphql, before, notice);
  const { ids, alone, refused } = await create(graphql, notice, assign(open, missing));
  if (alone && before.length === 0) return { externalId: joined(ids) };
  const now = await readOurs(graphql, order, notice.tracking.number);
  // Perhaps refused because a twin of this call was faster.
  if (refused && subtract(wanted(notice), now).size > 0) throw refused;
  return withoutSurplus(graphql, now, notice);
}

interface Created {
  ids: string[];
  /** The shop has nothing else with this tracking number. */
  alone: boolean;
  /** What Shopify refused the rest with. */
  refused: PartyFailure | null;
}

async function create(graphql: Graphql, notice: FulfillmentNotice, parts: Part[][] | null): Promise<Created> {
  const ids: string[] = [];
  let alone = false;
  const refusedWith = (refused: PartyFailure) => ({ ids, alone: false, refused });
  if (parts === null)
    return refusedWith(
      refusal('not-fulfillable', 'The shop has less left to fulfill than the fulfillment holds.'),
    );
  for (const part of parts) {
    const fulfillment = {
      lineItemsByFulfillmentOrder: part,
      notifyCustomer: notice.notifyCustomer,
      trackingInfo: {
        number: notice.tracking.number,
        company: notice.tracking.carrier,
        ...(notice.tracking.url !== null && { url: notice.tracking.url }),
      },
    };
    const { fulfillmentCreate: made } = await graphql.mutate(
      queries.fulfillmentCreateMutation,
      { fulfillment },
      createData,
    );
    if (made.userErrors.length > 0) return refusedWith(userErrorFailure(made.userErrors));
    if (made.fulfillment) ids.push(made.fulfillment.id);
    const ours = made.fulfillment ? oursOf(made.fulfillment.order, notice.tracking.number) : [];
    alone = ours.length === ids.length && ours.every((id) => ids.includes(id));
  }
  return { ids, alone, refused: null };
}

interface Part {
  fulfillmentOrderId: string;
  fulfillmentOrderLineItems: { id: string; quantity: number }[];
}

/** The units taken from the open fulfillment orders, one list per location; null where there are too few. */
export function assign(fulfillmentOrders: FulfillmentOrder[], units: Units): Part[][] | null {
  const left = new Map(units);
  const byLocation = new Map<string | null, Part[]>();
  for (const each of fulfillmentOrders.filter(isOpen)) {
    const taken = each.lines.flatMap((line) => {
      const quantity = Math.min(left.get(line.lineItem.id) ?? 0, line.remainingQuantity);
      left.set(line.lineItem.id, (left.get(line.lineItem.id) ?? 0) - quantity);
      return quantity > 0 ? [{ id: line.id, quantity }] : [];
    });
    if (taken.length === 0) continue;
    const parts = byLocation.get(each.locationId) ?? [];
    byLocation.set(each.locationId, [
      ...parts,
      { fulfillmentOrderId: each.id, fulfillmentOrderLineItems: taken },
    ]);
  }
  return [...left.values()].every((quantity) => quantity === 0) ? [...byLocation.values()] : null;
}

/**
 * Two calls at the same moment may both have made it where the order holds more of a line. Both then keep the
 * same ones, the oldest that make up the notice, and take the rest back.
 */
async function withoutSurplus(
  graphql: Graphql,
  all: Ours[],
  notice: FulfillmentNotice,
): Promise<{ externalId: string }> {
  let left = wanted(notice);
  const kept: string[] = [];
  for (const ours of all) {
    const needed = [...ours.units].every(([line, quantity]) => (left.get(line) ?? 0) >= quantity);
    if (needed) kept.push(ours.id);
    else await cancelOne(graphql, ours.id);
    if (needed) left = subtract(left, [ours]);
  }
  return { externalId: joined(kept) };
}

const joined = (ids: string[]) => ids.map((id) => gidNumber.parse(id)).join(',');

/** Live fulfillments with our tracking number, oldest first. */
async function readOurs(graphql: Graphql, order: string, trackingNumber: string): Promise<Ours[]> {
  const data = await graphql.query(queries.fulfillmentsQuery, { id: order }, fulfillmentsData);
  if (!data.order) throw orderMissing();
  const ids = oursOf(data.order, trackingNumber);
  return Promise.all(ids.map(async (id) => ({ id, units: await readUnits(graphql, id) })));
}

function oursOf({ fulfillments }: z.infer<typeof known>, trackingNumber: string): string[] {
  return fulfillments
    .filter(({ status }) => status !== 'CANCELLED' && status !== 'ERROR' && status !== 'FAILURE')
    .filter(({ trackingInfo }) => trackingInfo.some(({ number }) => number === trackingNumber))
    .map(({ id }) => id)
    .toSorted((a, b) => Number(gidNumber.parse(a)) - Number(gidNumber.parse(b)));
}

async function readUnits(graphql: Graphql, id: string): Promise<Units> {
  const readPage = async (after?: string) =>
    (await graphql.query(queries.fulfillmentLinesQuery, { id, after }, fulfillmentLinesData)).fulfillment
      ?.fulfillmentLineItems;
  const units: Units = new Map();
  for (const { lineItem, quantity } of await allNodes(await readPage(), readPage))
    units.set(lineItem.id, (units.get(lineItem.id) ?? 0) + (quantity ?? 0));
  return units;
}

function wanted(notice: FulfillmentNotice): Units {
  const units: Units = new Map();
  for (const { externalId, quantity } of notice.lines)
    units.set(externalId, (units.get(externalId) ?? 0) + quantity);
  return units;
}

/** What of the units isn't in the fulfillments. */
function subtract(units: Units, fulfillments: Ours[]): Units {
  const done = (line: string) => fulfillments.reduce((sum, ours) => sum + (ours.units.get(line) ?? 0), 0);
  return new Map(
    [...units]
      .map(([line, quantity]) => [line, quantity - done(line)] as const)
      .filter(([, left]) => left > 0),
  );
}

/** The live ones with this tracking number, as `createFulfillment` names them. */
export async function findFulfillment(
  graphql: Graphql,
  orderExternalId: string,
  trackingNumber: string,
): Promise<{ externalId: string } | null> {
  const ours = await readOurs(graphql, gid('Order', orderExternalId), trackingNumber);
  if (ours.length === 0) return null;
  return { externalId: joined(ours.map(({ id }) => id)) };
}

/** `externalId` as `createFulfillment` gave it. Already cancelled, or gone, is done. */
export async function cancelFulfillment(graphql: Graphql, externalId: string): Promise<void> {
  for (const id of externalId.split(',')) await cancelOne(graphql, gid('Fulfillment', id));
}

async function cancelOne(graphql: Graphql, id: string): Promise<void> {
  if (await isGone(graphql, id)) return;
  const { fulfillmentCancel } = await graphql.mutate(queries.fulfillmentCancelMutation, { id }, cancelData);
  if (fulfillmentCancel.userErrors.length > 0 && !(await isGone(graphql, id)))
    throw userErrorFailure(fulfillmentCancel.userErrors);
}

async function isGone(graphql: Graphql, id: string): Promise<boolean> {
  const { fulfillment } = await graphql.query(queries.fulfillmentQuery, { id }, statusData);
  return fulfillment === null || fulfillment.status === 'CANCELLED';
}
