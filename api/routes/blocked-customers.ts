import { z } from 'zod';
import { blockCustomer, unblockCustomer } from '../../db/blocked-customers.ts';
import { type BlockedCustomer, BlockedCustomerSchema } from '../../db/entities/stores.ts';
import { traitOf } from '../../domain/review/blocked.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound } from '../problem.ts';
import { block, newBlock } from '../schemas/blocked-customers.ts';
import { idParams } from '../schemas/common.ts';

/** Customers whose orders a person must look at. */
export function blockedCustomerRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(), remove()];
}

const tag = 'Policies';

function create(deps: ApiDeps): Route {
  return route('POST /v1/blocked-customers', {
    summary: 'Hold every order of a customer',
    description:
      'By email, phone number, postal code or address, in all stores, from the next review of an order on. Kept as a keyed hash alone.',
    tag,
    body: newBlock,
    answer: {
      status: 201,
      description: 'Blocked',
      schema: block,
      also: { 200: 'Blocked already, as it is answered' },
    },
    transaction: true,
    unkept: true,
    async handle({ body, caller, em }) {
      const { email, phone, address, label, reason } = body;
      const given = email !== undefined ? { email } : phone !== undefined ? { phone } : address!;
      const trait = traitOf(given)!;
      const made = await blockCustomer(em, deps.secrets, { trait, label, reason, actor: caller.name });
      return { status: made.first ? 201 : 200, body: toWire(made.block) };
    },
  });
}

function list(): Route {
  return route('GET /v1/blocked-customers', {
    summary: 'Who is blocked, by the names that staff gave',
    tag,
    query: z.strictObject({ cursor: cursorOf(z.uuid()), limit: pageQuery.limit }),
    answer: { description: 'Oldest first', schema: pageOf(block) },
    async handle({ query: { cursor, limit }, em }) {
      const where = cursor === undefined ? {} : { id: { $gt: cursor } };
      const rows = await em.find(BlockedCustomerSchema, where, { orderBy: { id: 'asc' }, limit: limit + 1 });
      return toPage(rows, { path: '/v1/blocked-customers', query: {}, limit }, ({ id }) => id, toWire);
    },
  });
}

function remove(): Route {
  return route('DELETE /v1/blocked-customers/{id}', {
    summary: 'Hold a customer’s orders no more',
    description: 'Orders that are held already are approved one by one.',
    tag,
    params: idParams,
    answer: { description: 'Gone', schema: z.strictObject({}) },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { id }, caller, em }) {
      if (!(await unblockCustomer(em, id, caller.name))) throw notFound('such block');
      return { body: {} };
    },
  });
}

const toWire = ({
  id,
  kind,
  label,
  reason,
  blockedAt,
  blockedBy,
}: BlockedCustomer): z.input<typeof block> => ({
  ...{ id, kind, label, reason, blockedBy },
  blockedAt: blockedAt.toISOString(),
});
