import type { Database, Em } from './database.ts';
import { places, type Secrets } from './secrets.ts';
import { inTransaction } from './transaction.ts';

const columns = [
  { table: 'store', column: 'credentials', place: places.storeCredentials },
  { table: 'store', column: 'webhook_secrets', place: places.storeWebhooks },
  { table: 'carrier_account', column: 'credentials', place: places.carrierCredentials },
  { table: 'carrier_account', column: 'webhook_secret', place: places.carrierWebhooks },
  { table: 'payment_account', column: 'credentials', place: places.paymentCredentials },
  { table: 'payment_account', column: 'webhook_secret', place: places.paymentWebhooks },
  { table: 'alert_endpoint', column: 'secret', place: places.alertEndpointSecret },
  { table: 'mark_key', column: 'secret', place: places.markKey },
];

/**
 * Seals every secret by the first key: those that a former key sealed, and those stored as plain JSON before secrets
 * were sealed. All or none. Answers how many it sealed; throws `SecretUnreadable` where a key is missing.
 */
export async function resealSecrets(orm: Database, secrets: Secrets): Promise<number> {
  return inTransaction(orm, async (em) => {
    let sealed = 0;
    for (const column of columns) sealed += await resealColumn(em, secrets, column);
    return sealed;
  });
}

async function resealColumn(em: Em, secrets: Secrets, { table, column, place }: (typeof columns)[number]) {
  const rows = await em.execute<{ id: string; secret: string }[]>(
    `select id, ${column} as secret from ${table} where ${column} is not null order by id for no key update`,
  );
  const outdated = rows.filter(({ secret }) => secrets.isOutdated(secret));
  for (const { id, secret } of outdated) {
    const value = isSealed(secret) ? secrets.open(secret, place(id)) : JSON.parse(secret);
    await em.execute(`update ${table} set ${column} = ? where id = ?`, [secrets.seal(value, place(id)), id]);
  }
  return outdated.length;
}

/** JSON never begins like a sealed text: hexadecimal digits and a point. */
const isSealed = (secret: string) => /^[\da-f]{8}\.[\w-]+$/.test(secret);
