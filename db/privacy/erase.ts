import { withoutPerson } from '../../domain/privacy.ts';
import type { OrderSnapshot } from '../../domain/order.ts';
import { recordAudit } from '../audit.ts';
import type { Database, Em } from '../database.ts';
import { lockOrder } from '../locks.ts';
import { personalIn, scrub, unmistakableIn } from '../privacy.ts';
import { inTransaction } from '../transaction.ts';
import { eraseAnswers } from './erase-answers.ts';
import { eraseMail } from './erase-mail.ts';
import { eraseShipping } from './erase-shipping.ts';
import { eraseTexts } from './erase-texts.ts';
import type { Erasing } from './erasing.ts';

/**
 * Takes out of everything that belongs to an order who its customer is, in one transaction: amounts, SKUs, countries
 * and ids stay, so that reports and the proof of stock still add up. Only once the order has ended and somebody wished
 * it; false where there is nothing to do. What comes of the order later is kept without the person, since it is seen
 * under the same lock.
 */
export async function eraseOrder(orm: Database, orderId: string): Promise<boolean> {
  return inTransaction(orm, async (em) => {
    await lockOrder(em, orderId);
    const [order] = await em.execute<Omit<Erasing, 'personal' | 'unmistakable'>[]>(
      `select o.id as "orderId", o.store_id as "storeId", o.external_id as "externalId",
              to_jsonb(o.created_at) #>> '{}' as "createdAt"
       from orders o where o.id = ? and o.ended_at is not null
         and exists (select 1 from erasure_order w where w.order_id = o.id and w.erased_at is null)`,
      [orderId],
    );
    if (!order) return false;
    // The database lets nobody else change what was said and done.
    await em.execute(`select set_config('orderloom.erasing', 'on', true)`);
    const versions = await readVersions(em, orderId);
    const erasing = { ...order, ...namesIn(versions.map(({ snapshot }) => snapshot)) };
    await eraseContent(em, orderId, versions, namesOf(versions, erasing));
    await em.execute(`update order_change set content = null where order_id = ? and kind = 'address'`, [
      orderId,
    ]);
    await eraseMail(em, erasing);
    await eraseShipping(em, orderId);
    await eraseTexts(em, erasing);
    await eraseAnswers(em, erasing);
    await settle(em, orderId);
    return true;
  });
}

interface Version {
  version: number;
  snapshot: OrderSnapshot;
}

async function readVersions(em: Em, orderId: string): Promise<Version[]> {
  return em.execute<Version[]>('select version, snapshot from order_version where order_id = ?', [orderId]);
}

/** `personal` goes by the spellings in which others may echo it; a bare house number would hit every quantity. */
function namesIn(snapshots: readonly OrderSnapshot[]): Pick<Erasing, 'personal' | 'unmistakable'> {
  const regions = snapshots.flatMap(({ shippingAddress }) => shippingAddress?.region ?? []);
  const words = [...snapshots.flatMap(personalIn), ...regions.filter((region) => region.length > 3)];
  const telling = words.filter((word) => /\p{L}/u.test(word) || word.replace(/\D/g, '').length > 3);
  return {
    personal: [...new Set(telling)],
    unmistakable: [...new Set(snapshots.flatMap(unmistakableIn))],
  };
}

/** A title may be engraved with a name; it may also hold the name of a city by chance. */
function namesOf(versions: readonly Version[], { unmistakable }: Pick<Erasing, 'unmistakable'>): string[] {
  const names = versions.flatMap(({ snapshot }) => snapshot.shippingAddress?.name.split(/[\s,]+/) ?? []);
  return [...unmistakable, ...names.filter((name) => /\p{L}{2}/u.test(name))];
}

async function eraseContent(
  em: Em,
  orderId: string,
  versions: readonly Version[],
  names: readonly string[],
): Promise<void> {
  for (const { version, snapshot } of versions) {
    const erased = withoutPerson(snapshot, ({ title }) => scrub(title, names));
    await em.execute('update order_version set snapshot = ? where order_id = ? and version = ?', [
      JSON.stringify(erased),
      orderId,
      version,
    ]);
    for (const [position, { title }] of erased.lines.entries())
      if (title !== snapshot.lines[position]!.title)
        await em.execute(
          'update order_line set title = ? where order_id = ? and version = ? and external_id = ?',
          [title, orderId, version, erased.lines[position]!.externalId],
        );
  }
}

async function settle(em: Em, orderId: string): Promise<void> {
  await em.execute(
    `update orders set erased_at = coalesce(erased_at, now()), customer_email = null, customer_key = null
     where id = ?`,
    [orderId],
  );
  const settled = await em.execute<{ erasureId: string }[]>(
    `update erasure_order set erased_at = now() where order_id = ? and erased_at is null
     returning erasure_id as "erasureId"`,
    [orderId],
  );
  for (const { erasureId } of settled)
    await recordAudit(em, {
      actor: 'engine',
      what: 'customer_erased',
      orderId,
      subject: erasureId,
      detail: 'Who the customer was is erased; what was sold, shipped and paid stays',
      key: `erased/${erasureId}/${orderId}`,
    });
}
