/**
 * `node scripts/reseal.ts` seals the secrets of stores and carriers in the database of DATABASE_URL by the first key of
 * ORDERLOOM_SECRETS_KEY. Run it after a new key was put in front; then the former one may go.
 */
import { InvalidConfiguration, readConfig } from '../config/environment.ts';
import { openDatabase } from '../db/database.ts';
import { resealSecrets } from '../db/reseal.ts';
import { createSecrets, SecretUnreadable } from '../db/secrets.ts';

try {
  const config = readConfig(process.env);
  const orm = await openDatabase(config.databaseUrl, 1);
  try {
    const sealed = await resealSecrets(orm, createSecrets(config.secretsKeys));
    console.log(`${sealed} secrets sealed anew; the others already were.`);
  } finally {
    await orm.close(true);
  }
} catch (error) {
  if (!(error instanceof InvalidConfiguration) && !(error instanceof SecretUnreadable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
