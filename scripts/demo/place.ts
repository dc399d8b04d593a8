import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxClient } from '../../sandbox/client.ts';
import type { ConnectedShop } from './connect.ts';
import type { ShopKey } from './catalog.ts';
import { type DemoOrder, emailOf, orders } from './orders.ts';
import type { PlacedOrder } from './shops.ts';

/** An order of the demo with where it was placed. */
export interface Placed extends PlacedOrder {
  order: DemoOrder;
  at: ConnectedShop;
}

/** Places what is not placed yet; the sandbox tells the engine by signed webhooks. */
export async function placeOrders(
  sandbox: SandboxClient,
  shops: ReadonlyMap<ShopKey, ConnectedShop>,
): Promise<Placed[]> {
  const there = new Map<ShopKey, Map<string, PlacedOrder>>();
  for (const [key, { shop }] of shops) there.set(key, await shop.placed());
  const placed: Placed[] = [];
  for (const order of orders) {
    const at = shops.get(order.shop)!;
    const known = there.get(order.shop)?.get(emailOf(order));
    placed.push({ order, at, ...(known ?? (await place(sandbox, at, order))) });
  }
  return placed;
}

async function place(sandbox: SandboxClient, at: ConnectedShop, order: DemoOrder): Promise<PlacedOrder> {
  if (order.told === 'twice')
    return travelling(sandbox, { duplicates: 1 }, { duplicates: 0 }, () => at.shop.place(order));
  if (order.told !== 'out-of-order') return at.shop.place(order);
  // The news of the order is on its way for longer than the news of its payment.
  const late = () => at.shop.place(order);
  const made = await travelling(sandbox, { delayMs: [2_500, 2_500] }, { delayMs: [0, 0] }, late);
  // Shops write times to the second.
  await sleep(1_100);
  await at.shop.pay(made.id);
  return made;
}

type Rules = Parameters<SandboxClient['deliveryRules']>[0];

async function travelling<T>(
  sandbox: SandboxClient,
  rules: Rules,
  calm: Rules,
  work: () => Promise<T>,
): Promise<T> {
  await sandbox.deliveryRules(rules);
  try {
    return await work();
  } finally {
    await sandbox.deliveryRules(calm);
  }
}
