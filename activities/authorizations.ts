import { type Case, openCase } from '../db/cases.ts';
import { lockOrder } from '../db/locks.ts';
import { inTransaction } from '../db/transaction.ts';
import { formatMinor } from '../domain/money.ts';
import type { ActivityDeps } from './deps.ts';

/** How long before its end a person is told of an authorization. Cards hold for a week, most of them. */
const NOTICE_HOURS = 48;
const BATCH = 100;

export const expiring = (orderId: string, paymentExternalId: string): Case => ({
  orderId,
  subject: `authorization/${paymentExternalId}`,
  reason: 'authorization_expiring',
});

interface Authorization {
  orderId: string;
  provider: string;
  externalId: string;
  capturable: number;
  currency: string;
  until: string;
}

/**
 * Tells a person, once, of money that was authorized, was not taken and will soon not be to be had: the order is not
 * shipped yet, or its store takes nothing by itself. True: there may be more.
 */
export async function noticeExpiringAuthorizations({
  orm,
  clock,
}: Pick<ActivityDeps, 'orm' | 'clock'>): Promise<boolean> {
  const due = await orm.em.fork().execute<Authorization[]>(
    `select p.order_id as "orderId", p.provider, p.external_id as "externalId", p.capturable::float8 as capturable,
            o.currency, to_char(p.capture_before at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') as until
     from provider_payment p join orders o on o.id = p.order_id
     where p.capturable > 0 and p.capture_before < ?::timestamptz + interval '${NOTICE_HOURS} hours'
       and o.ended_at is null and not exists (
         select 1 from attention a where a.order_id = p.order_id and a.reason = 'authorization_expiring'
           and a.subject = 'authorization/' || p.external_id)
     order by p.capture_before, p.order_id limit ${BATCH}`,
    [clock()],
  );
  for (const one of due)
    await inTransaction(orm, async (em) => {
      await lockOrder(em, one.orderId);
      const [now] = await em.execute<{ capturable: number }[]>(
        'select capturable::float8 as capturable from provider_payment where order_id = ? and external_id = ?',
        [one.orderId, one.externalId],
      );
      if (now && now.capturable > 0)
        await openCase(em, { ...expiring(one.orderId, one.externalId), sentence: say(one) });
    });
  return due.length === BATCH;
}

const say = ({ provider, externalId, capturable, currency, until }: Authorization): string =>
  `The authorization of ${formatMinor(capturable, currency)} ${currency} (${externalId}) ends ${until}: ship the order or capture it in ${provider} before, or cancel the order`;
