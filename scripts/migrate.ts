/** `npm run migrate`: brings the database of DATABASE_URL to the newest schema, before new processes start on it. */
import { migrate } from '../db/migrate.ts';

const url = process.env.DATABASE_URL;
if (!url) {
  console.error(
    'Set DATABASE_URL to the database to migrate. (`npm start` migrates its embedded one by itself.)',
  );
  process.exit(1);
}
await migrate(url);
console.log('The database has the newest schema.');
