import type { ShopAddress, ShopOrder, Shop } from './model.ts';
import { refused, saveOrder, type Outcome, type ShopWorld } from './world.ts';

export interface UpdateRequest {
  shippingAddress?: Partial<Record<keyof ShopAddress, string | null>>;
  email?: string | null;
  note?: string | null;
  tags?: string[];
}

/** orderUpdate: attributes of the order and where it goes, never its lines. The same again is told again. */
export function updateOrder(
  world: ShopWorld,
  shop: Shop,
  orderId: number,
  { shippingAddress, ...rest }: UpdateRequest,
): Outcome<ShopOrder> {
  const known = world.tables.orders.get(shop.name, String(orderId));
  if (known === undefined) return refused(['id'], 'Order does not exist');
  const order = { ...structuredClone(known), ...rest } as ShopOrder;
  if (shippingAddress) {
    const given = { ...shippingAddress };
    if (given.provinceCode !== undefined) given.province = given.provinceCode;
    else if (given.province !== undefined) given.provinceCode = null;
    if (!given.address1 || !given.city)
      return refused(['shippingAddress', given.address1 ? 'city' : 'address1'], "can't be blank");
    order.shippingAddress = { ...order.shippingAddress, ...given } as ShopAddress;
  }
  return { value: saveOrder(world, shop, order, ['orders/updated']) };
}
