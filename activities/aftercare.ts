import { openCase } from '../db/cases.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { inTransaction } from '../db/transaction.ts';
import { sameAddress } from '../domain/changes.ts';
import type { OrderSnapshot } from '../domain/order.ts';
import type { ActivityDeps } from './deps.ts';
/** The shop wants of a finished order what can't be done any more: a person is told, once per wish. */
export async function lookAfter(deps: ActivityDeps, { orderId }: { orderId: string }): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, orderId);
    const row = await readShipped(em, orderId);
    if (!row) return;
    const { now, shipped, version, moreToShip } = row;
    if (now.cancelledAt !== null && shipped.cancelledAt === null)
      return tellOnce(em, orderId, {
        subject: `order/${orderId}/cancel`,
        reason: 'late_cancel',
        sentence:
          'The order was cancelled in the shop after it had been delivered: agree on a return with the customer and give the money back, or tell them that it is too late',
      });
    const moved = !sameAddress(now.shippingAddress, shipped.shippingAddress) && now.shippingAddress !== null;
    if (moved || moreToShip)
      await tellOnce(em, orderId, {
        subject: `order/${orderId}/version/${version}`,
        reason: 'late_change',
        sentence: moved
          ? 'The address was changed in the shop after everything had been delivered: nothing goes there by itself'
          : 'The shop wants more of the order shipped after it was closed: place it there as an order of its own',
      });
  });
}

interface Shipped {
  version: number;
  now: OrderSnapshot;
  /** What the last parcel was made for. */
  shipped: OrderSnapshot;
  moreToShip: boolean;
}

/** null for an order that shipped nothing, or whose customer is erased. */
async function readShipped(em: Em, orderId: string): Promise<Shipped | null> {
  const [row] = await em.execute<Shipped[]>(
    `select o.version, v.snapshot as now, w.snapshot as shipped,
            (select coalesce(sum(to_ship), 0) from order_line where order_id = o.id and version = o.version)
            > (select coalesce(sum(to_ship), 0) from order_line where order_id = o.id and version = f.order_version) as "moreToShip"
     from orders o join order_version v on v.order_id = o.id and v.version = o.version
     join lateral (select order_version from fulfillment where order_id = o.id and stage = 'closed'
                   order by order_version desc limit 1) f on true
     join order_version w on w.order_id = o.id and w.version = f.order_version
     where o.id = ? and o.stage = 'closed' and o.erased_at is null and o.version > f.order_version`,
    [orderId],
  );
  return row ?? null;
}

async function tellOnce(
  em: Em,
  orderId: string,
  told: { subject: string; reason: string; sentence: string },
): Promise<void> {
  const known = await em.execute(
    'select 1 from attention where order_id = ? and subject = ? and reason = ?',
    [orderId, told.subject, told.reason],
  );
  if (known.length === 0) await openCase(em, { orderId, step: 'aftercare', ...told });
}
