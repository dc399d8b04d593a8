import { z } from 'zod';
import { StoreSchema } from '../../db/entities/stores.ts';
import type { Em } from '../../db/database.ts';
import { type Preview, previewAllocation } from '../../db/stock/preview.ts';
import { toWire } from '../../domain/money.ts';
import { policyOf, type StorePolicy } from '../../domain/policy.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid } from '../problem.ts';
import { allocationPreview, allocationQuestion } from '../schemas/allocation.ts';

type Question = z.output<typeof allocationQuestion>;

/** Where an order would ship from. */
export function allocationRoutes(deps: ApiDeps): Route[] {
  return [preview(deps)];
}

function preview({ config }: ApiDeps): Route {
  return route('POST /v1/allocation/preview', {
    summary: 'Where would this ship from, at what cost, and why not from elsewhere',
    description: 'By what is free now; nothing is reserved. Costs are estimates by the rate cards.',
    costly: true,
    tag: 'Allocation',
    body: allocationQuestion,
    answer: { description: 'As it would be allocated now', schema: allocationPreview },
    async handle({ body, em }) {
      const policy = await policyFor(em, body);
      await refuseUnknown(em, body);
      const { booksCurrency } = config;
      const found = await previewAllocation(em, body.lines, {
        ...{ country: body.country, policy, now: new Date(), excluded: body.exclude, booksCurrency },
      });
      return { body: previewToWire(found, policy, booksCurrency) };
    },
  });
}

async function policyFor(
  em: Em,
  { store, objective, splitAllowed, promiseDays }: Question,
): Promise<StorePolicy> {
  const row =
    store === undefined ? null : await em.findOne(StoreSchema, { id: store }, { fields: ['policy'] });
  if (store !== undefined && !row) throw invalid({ field: 'store', message: 'is no store' });
  return {
    ...policyOf(row?.policy ?? {}),
    ...(objective !== undefined && { objective }),
    ...(splitAllowed !== undefined && { splitAllowed }),
    ...(promiseDays !== undefined && { promiseDays }),
  };
}

async function refuseUnknown(em: Em, { lines, exclude }: Question): Promise<void> {
  const skus = await em.execute<{ sku: string }[]>('select sku from product where sku in (?)', [
    lines.map(({ sku }) => sku),
  ]);
  const codes = await em.execute<{ code: string }[]>('select code from warehouse where code in (?)', [
    exclude.length > 0 ? exclude : [''],
  ]);
  const errors = [
    ...lines.map(({ sku }, index): FieldError | null =>
      skus.some((row) => row.sku === sku) ? null : { field: `lines.${index}.sku`, message: 'is no product' },
    ),
    ...exclude.map((code, index): FieldError | null =>
      codes.some((row) => row.code === code)
        ? null
        : { field: `exclude.${index}`, message: 'is no warehouse' },
    ),
  ].filter((error) => error !== null);
  if (errors.length > 0) throw invalid(...errors);
}

export function previewToWire(
  { possible, short, fulfillments, splitting, gap, warehouses }: Preview,
  { objective }: StorePolicy,
  currency: string,
): z.input<typeof allocationPreview> {
  const money = (minor: number) => toWire({ minor, currency });
  const costs = fulfillments.map(({ shipping, handling }) =>
    shipping === null ? null : shipping + handling,
  );
  const known = costs.filter((cost) => cost !== null);
  const all = possible && known.length === costs.length;
  return {
    possible,
    objective,
    short,
    fulfillments: fulfillments.map(({ handling, shipping, parcels, ...rest }) => ({
      ...rest,
      parcels: parcels.map(({ box, weightGrams, dimensions, items }) => ({
        ...{ box, weightGrams, dimensionsMm: dimensions, items },
      })),
      handling: money(handling),
      shipping: shipping === null ? null : money(shipping),
    })),
    cost: all ? money(known.reduce((sum, cost) => sum + cost, splitting)) : null,
    exact: gap === null,
    gap: gap ?? 0,
    warehouses,
  };
}
