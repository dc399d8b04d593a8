import { Migration } from '@mikro-orm/migrations';

/** Secrets of stores and carriers are sealed texts. What was stored before is sealed by `npm run reseal`. */
export class Migration20261126000002_SealedSecrets extends Migration {
  override name = 'Migration20261126000002_SealedSecrets';

  override up(): void {
    this.addSql(
      `alter table "store" alter column "webhook_secrets" type text using "webhook_secrets"::text;`,
    );
    this.addSql(`alter table "store" alter column "credentials" type text using "credentials"::text;`);
    this.addSql(
      `alter table "carrier_account" alter column "credentials" type text using "credentials"::text;`,
    );
    this.addSql(
      `alter table "carrier_account" alter column "webhook_secret" type text using to_json("webhook_secret")::text;`,
    );
  }

  override down(): void {
    throw new Error('Sealed secrets are not opened by a migration: connect the stores and carriers anew');
  }
}
