import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type Product, ProductSchema } from '../../db/entities/stock.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound, Problem } from '../problem.ts';
import { sku, text } from '../schemas/common.ts';
import { newProduct, product, productChange } from '../schemas/stock.ts';

export function productRoutes(): Route[] {
  return [create(), list(), one(), change()];
}

function create(): Route {
  return route('POST /v1/products', {
    summary: 'Add a product',
    tag: 'Products',
    body: newProduct,
    answer: { status: 201, description: 'Added', schema: product },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      if (await em.findOne(ProductSchema, { sku: body.sku }))
        throw new Problem('conflict', `There is a product ${JSON.stringify(body.sku)} already.`);
      await em.insert(ProductSchema, body);
      await recordAudit(em, {
        actor: caller.name,
        what: 'product_added',
        subject: body.sku,
        detail: body.name,
      });
      const made = await em.findOneOrFail(ProductSchema, { sku: body.sku });
      return { body: toWire(made), headers: { Location: `/v1/products/${encodeURIComponent(body.sku)}` } };
    },
  });
}

function list(): Route {
  return route('GET /v1/products', {
    summary: 'All products',
    tag: 'Products',
    query: z.strictObject({ cursor: cursorOf(text(255)), limit: pageQuery.limit }),
    answer: { description: 'By SKU', schema: pageOf(product) },
    async handle({ query, em }) {
      const after = query.cursor === undefined ? {} : { sku: { $gt: query.cursor } };
      const rows = await em.find(ProductSchema, after, { orderBy: { sku: 'asc' }, limit: query.limit + 1 });
      return toPage(rows, { path: '/v1/products', query: {}, limit: query.limit }, (row) => row.sku, toWire);
    },
  });
}

function one(): Route {
  return route('GET /v1/products/{sku}', {
    summary: 'One product',
    tag: 'Products',
    params: z.strictObject({ sku }),
    answer: { description: 'As it is stocked', schema: product },
    problems: ['not-found'],
    async handle({ params, em }) {
      const row = await em.findOne(ProductSchema, { sku: params.sku });
      if (!row) throw notFound('such product');
      return { body: toWire(row) };
    },
  });
}

function change(): Route {
  return route('PATCH /v1/products/{sku}', {
    summary: 'Change a product',
    description: 'What is allocated already stays as it is packed.',
    tag: 'Products',
    params: z.strictObject({ sku }),
    body: productChange,
    answer: { description: 'As it is now', schema: product },
    problems: ['not-found'],
    transaction: true,
    async handle({ params, body, caller, em }) {
      const row = await em.findOne(ProductSchema, { sku: params.sku });
      if (!row) throw notFound('such product');
      em.assign(row, body);
      await em.flush();
      const detail = Object.keys(body).join(', ');
      await recordAudit(em, { actor: caller.name, what: 'product_changed', subject: params.sku, detail });
      return { body: toWire(row) };
    },
  });
}

function toWire(row: Product): z.input<typeof product> {
  const { sku, name, weightGrams, dimensionsMm, reorderPoint, backorder, shipsAlone, createdAt } = row;
  return {
    sku,
    name,
    weightGrams,
    dimensionsMm,
    hsCode: row.hsCode ?? null,
    originCountry: row.originCountry ?? null,
    reorderPoint,
    backorder,
    shipsFrom: row.shipsFrom ?? null,
    parcelClass: row.parcelClass ?? null,
    shipsAlone,
    createdAt: createdAt.toISOString(),
  };
}
