import { json, parseJson, type Answer, type Call } from '../http.ts';
import { invalidId, invalidParam, paged, pageOf, wooError } from './answers.ts';
import { settleStock } from './create-order.ts';
import { noteJson, orderJson } from './json.ts';
import { offsetMs, orderStatuses, rowId, wholeSecond, type Meta, type OrderStatus } from './model.ts';
import type { Site, WooNote, WooOrder, WooWorld } from './model.ts';
import { emit } from './webhooks.ts';

/** The site's base address as its links and webhooks show it. */
export const baseOf = (call: Call): string => call.address.replace(/\/wp-json\/.*$/, '');

const sorts: Record<string, (order: WooOrder) => string | number> = {
  date: (order) => order.createdAt,
  modified: (order) => order.modifiedAt,
  id: (order) => order.id,
  title: (order) => order.id,
  slug: (order) => order.id,
  include: (order) => order.id,
};

/** GET orders */
export function listOrders(call: Call, site: Site, world: WooWorld): Answer {
  const page = pageOf(call.query);
  if ('status' in page) return page;
  const sort = sorts[call.query.get('orderby') ?? 'date'];
  if (sort === undefined)
    return invalidParam('orderby', `orderby is not one of ${Object.keys(sorts).join(', ')}.`);
  const direction = call.query.get('order') ?? 'desc';
  if (direction !== 'asc' && direction !== 'desc')
    return invalidParam('order', 'order is not one of asc, desc.');
  const statuses = [...call.query]
    .filter(([name]) => /^status(\[\d*\])?$/.test(name))
    .flatMap(([, value]) => value.split(','));
  const unknown = statuses.find(
    (status) => status !== 'any' && !orderStatuses.includes(status as OrderStatus),
  );
  if (unknown !== undefined)
    return invalidParam('status', `status[0] is not one of any, ${orderStatuses.join(', ')}.`);
  const bounds = boundsOf(call.query, site);
  if ('status' in bounds) return bounds;

  const found = world.tables.orders
    .all(site.name)
    .filter((order) => bounds.every((holds) => holds(order)))
    .filter((order) => matchesStatus(order, statuses))
    .toSorted((one, other) => {
      const [a, b] = [sort(one), sort(other)];
      return (a < b ? -1 : a > b ? 1 : one.id - other.id) * (direction === 'asc' ? 1 : -1);
    });
  return paged(
    found.map((order) => orderJson(site, baseOf(call), order)),
    page,
  );
}

const matchesStatus = (order: WooOrder, statuses: string[]): boolean =>
  statuses.length === 0 || statuses.includes('any')
    ? order.status !== 'trash'
    : statuses.includes(order.status);

/**
 * after, before, modified_after and modified_before, all exclusive. A time without zone is the site's local
 * time, unless dates_are_gmt.
 */
function boundsOf(query: URLSearchParams, site: Site): ((order: WooOrder) => boolean)[] | Answer {
  const gmt = ['true', '1'].includes(query.get('dates_are_gmt') ?? 'false');
  const bounds: ((order: WooOrder) => boolean)[] = [];
  for (const name of ['after', 'before', 'modified_after', 'modified_before']) {
    const given = query.get(name);
    if (given === null) continue;
    const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(given);
    const at = Date.parse(zoned ? given : `${given}Z`) - (zoned || gmt ? 0 : offsetMs(site.offset));
    if (Number.isNaN(at)) return invalidParam(name, 'Invalid date.');
    const field = name.startsWith('modified') ? 'modifiedAt' : 'createdAt';
    bounds.push((order) =>
      name.endsWith('after') ? Date.parse(order[field]) > at : Date.parse(order[field]) < at,
    );
  }
  return bounds;
}

/** GET orders/{id} */
export function getOrder(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  return order === undefined ? invalidId('shop_order') : json(200, orderJson(site, baseOf(call), order));
}

interface OrderUpdate {
  status?: string;
  customer_note?: string;
  transaction_id?: string;
  set_paid?: boolean;
  billing?: Partial<WooOrder['billing']>;
  shipping?: Partial<WooOrder['shipping']>;
  meta_data?: { id?: number; key: string; value: unknown }[];
}

/** PUT orders/{id} */
export function putOrder(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  if (order === undefined) return invalidId('shop_order');
  const body = parseJson(call.body) as OrderUpdate | undefined;
  if (typeof body !== 'object' || body === null)
    return wooError(400, 'rest_invalid_json', 'Invalid JSON body passed.');
  if (body.status !== undefined && !orderStatuses.includes(body.status as OrderStatus))
    return invalidParam('status', `status is not one of ${orderStatuses.join(', ')}.`);
  return json(200, orderJson(site, baseOf(call), updateOrder(world, site, baseOf(call), order, body)));
}

/** Applies the change, and tells order.updated. What the body does not name stays. */
export function updateOrder(
  world: WooWorld,
  site: Site,
  base: string,
  order: WooOrder,
  body: OrderUpdate,
): WooOrder {
  const at = wholeSecond(world.now());
  const status =
    (body.status as OrderStatus | undefined) ??
    (body.set_paid && order.paidAt === null ? 'processing' : order.status);
  const paidNow =
    order.paidAt === null && (body.set_paid || status === 'processing' || status === 'completed');
  const changed: WooOrder = {
    ...order,
    status,
    customerNote: body.customer_note ?? order.customerNote,
    transactionId: body.transaction_id ?? order.transactionId,
    billing: { ...order.billing, ...body.billing },
    shipping: { ...order.shipping, ...body.shipping },
    meta: mergeMeta(world, site, order.meta, body.meta_data ?? []),
    modifiedAt: at,
    paidAt: paidNow ? at : order.paidAt,
    completedAt: status === 'completed' ? (order.completedAt ?? at) : order.completedAt,
    notes:
      status === order.status
        ? order.notes
        : [
            ...order.notes,
            note(world, site, `Order status changed from ${order.status} to ${status}.`, false, at),
          ],
  };
  const saved = settleStock(world, site, changed, at);
  world.tables.orders.put(site.name, String(order.id), saved);
  emit(world, site, base, 'order.updated', saved);
  return saved;
}

/** An entry with a known id, else with the same key, is replaced; a null value removes it. */
export function mergeMeta(
  world: WooWorld,
  site: Site,
  meta: Meta[],
  changes: NonNullable<OrderUpdate['meta_data']>,
): Meta[] {
  let merged = meta;
  for (const change of changes) {
    const known = merged.find((entry) =>
      change.id === undefined ? entry.key === change.key : entry.id === change.id,
    );
    const rest = merged.filter((entry) => entry !== known);
    merged =
      change.value === null
        ? rest
        : [
            ...rest,
            { id: known?.id ?? rowId(world, site.name), key: change.key ?? known!.key, value: change.value },
          ];
  }
  return merged;
}

export const note = (
  world: WooWorld,
  site: Site,
  text: string,
  customerNote: boolean,
  at: string,
): WooNote => ({
  id: rowId(world, site.name),
  author: 'WooCommerce',
  note: text,
  customerNote,
  createdAt: at,
});

/** GET orders/{id}/notes, newest first */
export function listNotes(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  if (order === undefined) return invalidId('order');
  const type = call.query.get('type') ?? 'any';
  const notes = order.notes.filter((one) => type === 'any' || one.customerNote === (type === 'customer'));
  return json(
    200,
    notes.toReversed().map((one) => noteJson(site, baseOf(call), order.id, one)),
  );
}

/** POST orders/{id}/notes */
export function postNote(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  if (order === undefined) return invalidId('order');
  const body = parseJson(call.body) as { note?: unknown; customer_note?: boolean } | undefined;
  if (typeof body?.note !== 'string')
    return wooError(400, 'rest_missing_callback_param', 'Missing parameter(s): note', { params: ['note'] });
  const made = note(world, site, body.note, body.customer_note === true, wholeSecond(world.now()));
  world.tables.orders.put(site.name, id, { ...order, notes: [...order.notes, made] });
  return json(201, noteJson(site, baseOf(call), order.id, made));
}
