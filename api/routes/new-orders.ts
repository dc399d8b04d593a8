import { createHash } from 'node:crypto';
import type { Em } from '../../db/database.ts';
import { StoreSchema } from '../../db/entities/stores.ts';
import { orderIdOf } from '../../db/order-id.ts';
import { orderExists } from '../../db/read/order.ts';
import { missingProducts } from '../../db/read/stock.ts';
import { orderWorkflowId } from '../../domain/workflow-ids.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import { toOrderEvent } from '../orders/to-event.ts';
import { workflowUrl } from '../orders/view.ts';
import { invalid } from '../problem.ts';
import { type NewOrder, newOrder, orderAccepted } from '../schemas/new-order.ts';
import { deliver } from '../webhooks/deliver.ts';
import { type Kept, keepMail } from '../webhooks/keep.ts';

/** Orders of stores without a shop of their own kind: what is posted becomes an event like a webhook's. */
export function newOrderRoutes(deps: ApiDeps): Route[] {
  return [create(deps)];
}

function create(deps: ApiDeps): Route {
  return route('POST /v1/orders', {
    summary: 'Hand in an order',
    description:
      'For stores of the platform `api`. The same externalId again with other content is a newer version.',
    tag: 'Orders',
    body: newOrder,
    answer: {
      status: 201,
      description: 'Captured',
      schema: orderAccepted,
      also: {
        200: 'Known: the same content again, or a newer version of it',
        202: 'Kept, and captured as soon as a worker is there; the id is final',
      },
    },
    transaction: true,
    async handle({ body, em }) {
      const store = await em.findOne(StoreSchema, { id: body.store }, { fields: ['id', 'platform'] });
      if (store?.platform !== 'api')
        throw invalid({ field: 'store', message: 'is no store of the platform api' });
      const event = toOrderEvent(body, deps.clock().toISOString());
      await refuseUnknownSkus(em, body);
      const id = orderIdOf(store.id, body.externalId);
      const workflowId = orderWorkflowId(store.id, body.externalId);
      const { kept, first } = await keepVersion(em, body, JSON.stringify(event), id);
      const { number } = event.snapshot;
      const { externalId } = body;
      const answer = {
        body: {
          id,
          store: store.id,
          externalId,
          number,
          workflowId,
          workflowUrl: workflowUrl(deps, workflowId),
        },
        headers: { Location: `/v1/orders/${id}` },
      };
      const afterCommit = async () => {
        const told = await deliver(deps, store, externalId, kept);
        const captured = await appears(deps, id, told ? CAPTURED_WITHIN_MS : 0);
        return { ...answer, status: !captured ? 202 : first ? 201 : 200 };
      };
      return { ...answer, status: 202, afterCommit };
    },
  });
}

/** What is to be shipped must be a product; what is only recorded need not. */
async function refuseUnknownSkus(em: Em, order: NewOrder): Promise<void> {
  const skus = order.lines.flatMap(({ sku, ships }) => (sku !== null && ships && !order.pickup ? sku : []));
  if (skus.length === 0) return;
  const missing = await missingProducts(em, skus);
  const errors = order.lines.flatMap(({ sku, ships }, index) =>
    sku !== null && ships && missing.has(sku)
      ? { field: `lines.${index}.sku`, message: `is no product: ${JSON.stringify(sku)}` }
      : [],
  );
  if (errors.length > 0) throw invalid(...errors);
}

/**
 * The newest posted version is compared with this one under a lock: the same content twice is one event, and
 * content that comes back after another is an event of its own.
 */
async function keepVersion(
  em: Em,
  order: NewOrder,
  body: string,
  orderId: string,
): Promise<{ kept: Kept | null; first: boolean }> {
  const source = `store/${order.store}`;
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`order/${orderId}`]);
  const [latest] = await em.execute<{ seq: number; key: string }[]>(
    `select seq::float8 as seq, key from inbox
     where source = ? and order_external_id = ? and topic = 'api/order' order by seq desc limit 1`,
    [source, order.externalId],
  );
  const content = createHash('sha256').update(JSON.stringify(order)).digest('hex');
  const same = latest?.key.startsWith(`${content}/`);
  const key = same ? latest!.key : `${content}/${latest?.seq ?? 0}`;
  const kept = await keepMail(em, {
    source,
    key,
    storeId: order.store,
    topic: 'api/order',
    orderExternalId: order.externalId,
    body,
    state: 'received',
    reason: null,
  });
  return { kept, first: latest === undefined };
}

const CAPTURED_WITHIN_MS = 1_500;

/** Until the workflow has written the order's row, so that whoever asks for it next finds it. */
async function appears(deps: ApiDeps, id: string, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (let pause = 10; ; pause = Math.min(pause * 2, 200)) {
    if (await orderExists(deps.orm.em.fork(), id)) return true;
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
