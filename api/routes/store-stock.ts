import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { type StoreBuffer, StoreBufferSchema } from '../../db/entities/planning.ts';
import { StoreSchema } from '../../db/entities/stores.ts';
import { type PromiseFacts, readPromises } from '../../db/read/promise.ts';
import { missingProducts } from '../../db/read/stock.ts';
import { removeBuffer, setBuffer } from '../../db/stock/buffers.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound } from '../problem.ts';
import { idParams, sku, text } from '../schemas/common.ts';
import { bufferChange, bufferParams, storeBuffer, storeStock } from '../schemas/store-stock.ts';

/** What a store may offer. */
export function storeStockRoutes(): Route[] {
  return [stock(), buffers(), set(), remove()];
}

const tag = 'Stores';
const skuPage = { cursor: cursorOf(text(255)), limit: pageQuery.limit };

function stock(): Route {
  return route('GET /v1/stores/{id}/stock', {
    summary: 'What a store may offer of each SKU, how that comes about, and what its shop shows',
    description: 'The number that is pushed to the shop is this one.',
    tag,
    params: idParams,
    query: z.strictObject({ sku: sku.optional(), ...skuPage }),
    answer: { description: 'By SKU', schema: pageOf(storeStock) },
    problems: ['not-found'],
    async handle({ params, query: { cursor, limit, ...filter }, em }) {
      await expectStore(em, params.id);
      const rows = await readPromises(em, params.id, { ...filter, after: cursor, limit: limit + 1 });
      const page = { path: `/v1/stores/${params.id}/stock`, query: filter, limit };
      return toPage(rows, page, (row) => row.sku, stockToWire);
    },
  });
}

function buffers(): Route {
  return route('GET /v1/stores/{id}/buffers', {
    summary: "SKUs with a buffer of their own, in place of the policy's",
    tag,
    params: idParams,
    query: z.strictObject(skuPage),
    answer: { description: 'By SKU', schema: pageOf(storeBuffer) },
    problems: ['not-found'],
    async handle({ params: { id: storeId }, query: { cursor, limit }, em }) {
      await expectStore(em, storeId);
      const where = { storeId, ...(cursor !== undefined && { sku: { $gt: cursor } }) };
      const rows = await em.find(StoreBufferSchema, where, { orderBy: { sku: 'asc' }, limit: limit + 1 });
      const page = { path: `/v1/stores/${storeId}/buffers`, query: {}, limit };
      return toPage(rows, page, (row) => row.sku, bufferToWire);
    },
  });
}

function set(): Route {
  return route('PUT /v1/stores/{id}/buffers/{sku}', {
    summary: 'Never offer so many units of a SKU to this store',
    description: "In place of the policy's buffer. Its shop is told at the next push.",
    tag,
    params: bufferParams,
    body: bufferChange,
    answer: { description: 'As it is now', schema: storeBuffer },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { id: storeId, sku: of }, body, caller, em }) {
      await expectStore(em, storeId);
      if ((await missingProducts(em, [of])).size > 0) throw notFound('such SKU');
      const change = { storeId, sku: of, ...body, actor: caller.name };
      return { body: bufferToWire(await setBuffer(em, change)) };
    },
  });
}

function remove(): Route {
  return route('DELETE /v1/stores/{id}/buffers/{sku}', {
    summary: "Let the policy's buffer count again",
    tag,
    params: bufferParams,
    answer: { description: 'Gone', schema: z.strictObject({}) },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { id: storeId, sku: of }, caller, em }) {
      if (!(await removeBuffer(em, { storeId, sku: of, actor: caller.name }))) throw notFound('such buffer');
      return { body: {} };
    },
  });
}

async function expectStore(em: Em, id: string): Promise<void> {
  if (!(await em.findOne(StoreSchema, { id }, { fields: ['id'] }))) throw notFound('such store');
}

const bufferToWire = ({ sku: of, quantity, updatedAt }: StoreBuffer) => ({
  sku: of,
  quantity,
  updatedAt: updatedAt.toISOString(),
});

const utc = (at: string | null) => at && new Date(at).toISOString();

function stockToWire(facts: PromiseFacts): z.input<typeof storeStock> {
  const { sku: of, onHand, unavailable, reserved, waiting, availableToPromise } = facts;
  const { ref, known, checkedAt, pushedAt, conflictAt, error } = facts;
  return {
    ...{ sku: of, onHand, unavailable, reserved, waiting, availableToPromise },
    buffer: { quantity: facts.buffer, from: facts.bufferFrom },
    shop:
      ref === null && checkedAt === null
        ? null
        : {
            ...{ sells: ref !== null, shows: known, error },
            checkedAt: utc(checkedAt),
            pushedAt: utc(pushedAt),
            conflictAt: utc(conflictAt),
          },
  };
}
