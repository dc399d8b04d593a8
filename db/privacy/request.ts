import { v7 as uuid } from 'uuid';
import { marksOf } from '../../domain/privacy.ts';
import type { OrderSnapshot } from '../../domain/order.ts';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { personalIn, scrub } from '../privacy.ts';
import type { Secrets } from '../secrets.ts';
import { eraseLooseMail, eraseStoreMail } from './erase-mail.ts';
import { findOrders, type Whose } from './find-orders.ts';

export interface Wish {
  whose: Whose;
  actor: string;
  reason: string;
}

/** Nothing of this customer is held: no order names them, and none did that was erased. */
export class NothingHeld extends Error {
  override readonly name = 'NothingHeld';

  constructor() {
    super('Nothing is held of this customer: no order of ours names them so');
  }
}

/**
 * Remembers that a customer is to be erased, with the orders that it concerns; `eraseOrder` then does it. The same wish
 * again is the same erasure. Call it inside a transaction. Throws `NothingHeld`.
 */
export async function requestErasure(em: Em, secrets: Secrets, wish: Wish): Promise<string> {
  // One after the other, so that of equal wishes at once each but the first finds it.
  await em.execute(`select pg_advisory_xact_lock(hashtext('erasure'))`);
  const { whose } = wish;
  const known = await findOrders(em, whose);
  // A store may name orders that have not come yet.
  const orderIds = [...new Set([...known, ...(whose.who === 'customer' ? whose.orderIds : [])])];
  const emptied = await eraseLoose(em, whose);
  const marks = marksOfWish(secrets, whose);
  const storeId = whose.who === 'everybody' ? whose.storeId : whose.person.storeId;
  const same = await findSame(em, { storeId, marks, orderIds });
  if (same !== null) return same;
  if (orderIds.length === 0 && emptied === 0 && whose.who === 'customer') throw new NothingHeld();
  const id = uuid();
  const reason = scrub(wish.reason, await namesOf(em, whose, known));
  await em.execute(
    `insert into erasure (id, store_id, actor, reason, marks)
     values (?, ?, ?, ?, array(select jsonb_array_elements_text(?::jsonb)))`,
    [id, storeId ?? null, wish.actor, reason, JSON.stringify(marks)],
  );
  await em.execute(
    `insert into erasure_order (erasure_id, order_id)
     select ?, jsonb_array_elements_text(?::jsonb)::uuid`,
    [id, JSON.stringify(orderIds)],
  );
  const detail = `${known.length} orders: ${reason}`;
  await recordAudit(em, { actor: wish.actor, what: 'erasure_requested', subject: id, detail });
  return id;
}

/** Each thing that a customer may be named by, hashed; a store's own id of them counts in that store alone. */
function marksOfWish(secrets: Secrets, whose: Whose): string[] {
  if (whose.who === 'everybody') return secrets.marks(`store:${whose.storeId}`);
  const { storeId } = whose.person;
  return marksOf(whose.person).flatMap((mark) =>
    secrets.marks(mark.startsWith('customer:') ? `${storeId}/${mark}` : mark),
  );
}

/** An erasure that this wish adds nothing to: of the same customer, or of these very orders. */
async function findSame(
  em: Em,
  wish: { storeId: string | undefined; marks: readonly string[]; orderIds: readonly string[] },
): Promise<string | null> {
  const ids = JSON.stringify(wish.orderIds);
  const storeId = wish.storeId ?? null;
  const [same] = await em.execute<{ id: string }[]>(
    `select e.id from erasure e
     where (?::uuid is null or e.store_id = ?::uuid or exists (
              select 1 from erasure_order w join orders o on o.id = w.order_id
              where w.erasure_id = e.id and o.store_id = ?::uuid))
       and (e.marks && array(select jsonb_array_elements_text(?::jsonb))
            or exists (select 1 from erasure_order w where w.erasure_id = e.id
                       and w.order_id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))))
       and not exists (
         select 1 from jsonb_array_elements_text(?::jsonb) wanted where not exists (
           select 1 from erasure_order w where w.erasure_id = e.id and w.order_id = wanted::uuid))
     order by e.requested_at desc limit 1`,
    [storeId, storeId, storeId, JSON.stringify(wish.marks), ids, ids],
  );
  return same?.id ?? null;
}

/** Events that belong to no order. Returns how many named the customer. */
async function eraseLoose(em: Em, whose: Whose): Promise<number> {
  if (whose.who === 'everybody') {
    await eraseStoreMail(em, whose.storeId);
    return 0;
  }
  const { storeId, email, phone } = whose.person;
  return eraseLooseMail(
    em,
    storeId,
    [email, phone].flatMap((text) => text ?? []),
  );
}

/** What the customer is called, to be taken out of what a person wrote about why. */
export async function namesOf(em: Em, whose: Whose, orderIds: readonly string[]): Promise<string[]> {
  if (whose.who === 'everybody') return [];
  const { email, phone, externalCustomerId } = whose.person;
  const versions = await em.execute<{ snapshot: OrderSnapshot }[]>(
    `select snapshot from order_version where order_id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))`,
    [JSON.stringify(orderIds)],
  );
  const given = [email, phone, externalCustomerId].flatMap((text) => text ?? []);
  return [...given, ...new Set(versions.flatMap(({ snapshot }) => personalIn(snapshot)))];
}
