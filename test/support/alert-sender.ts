/** A process of its own that sends what is due once: for tests that kill it while it does. */
import { openDatabase } from '../../db/database.ts';
import { createSecrets } from '../../db/secrets.ts';
import { deliverAlerts } from '../../workers/loops/alerts.ts';

const { TEST_DATABASE, TEST_SECRETS_KEY } = process.env;
const orm = await openDatabase(TEST_DATABASE!, 2);
const secrets = createSecrets([Buffer.from(TEST_SECRETS_KEY!, 'base64')]);
await deliverAlerts({ orm, secrets, clock: () => new Date() }, null);
await orm.close(true);
