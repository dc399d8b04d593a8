import type { State } from '../state.ts';
import type { Deliveries } from '../webhooks/deliveries.ts';
import { second, type Shop, type ShopOrder, type ShopTables } from './model.ts';
import { restOrder } from './rest-order.ts';
import { emit, newEventId } from './webhooks.ts';

/** What every operation of the shops works on. */
export interface ShopWorld {
  state: State;
  tables: ShopTables;
  deliveries: Deliveries;
  now: () => number;
  /** Order ids by "shop/id" of their fulfillment orders and fulfillments; what it lacks is searched for. */
  owners: Map<string, number>;
}

/** The order that the fulfillment order or fulfillment of this id belongs to. */
export function ownerOf(world: ShopWorld, shop: Shop, id: number): ShopOrder | undefined {
  const known = world.owners.get(`${shop.name}/${id}`);
  if (known !== undefined) return world.tables.orders.get(shop.name, String(known));
  return world.tables.orders
    .all(shop.name)
    .find((order) => [...order.fulfillmentOrders, ...order.fulfillments].some((part) => part.id === id));
}

/** A business refusal, as Shopify's userErrors say it. */
export interface UserFault {
  field: string[] | null;
  message: string;
  code?: string;
}

export type Outcome<Value> = { value: Value } | { faults: UserFault[] };

export const refused = (field: string[] | null, message: string, code?: string): { faults: UserFault[] } => ({
  faults: [{ field, message, ...(code === undefined ? {} : { code }) }],
});

/** A topic about something other than the order itself, with its own body. */
interface Aside {
  topic: string;
  body: unknown;
}

/** Saves the order as changed now, then tells the app: the asides first, the order's own topics after. */
export function saveOrder(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  topics: string[],
  asides: (order: ShopOrder) => Aside[] = () => [],
): ShopOrder {
  const saved = { ...order, updatedAt: second(world.now()) };
  world.tables.orders.put(shop.name, String(saved.id), saved);
  for (const { id } of [...saved.fulfillmentOrders, ...saved.fulfillments])
    world.owners.set(`${shop.name}/${id}`, saved.id);
  const at = new Date(world.now()).toISOString();
  const eventId = newEventId();
  const resource = String(saved.id);
  for (const { topic, body } of asides(saved))
    emit(world.deliveries, shop, { topic, resource, body, at, eventId });
  if (shop.webhooks === null || !topics.some((topic) => shop.webhooks!.topics.includes(topic))) return saved;
  const body = restOrder(shop, saved);
  for (const topic of topics) emit(world.deliveries, shop, { topic, resource, body, at, eventId });
  return saved;
}
