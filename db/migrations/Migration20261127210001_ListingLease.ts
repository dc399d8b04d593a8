import { Migration } from '@mikro-orm/migrations';

/** One process at a time writes a SKU to a shop; a SKU may be due to be looked for again before its day is over. */
export class Migration20261127210001_ListingLease extends Migration {
  override name = 'Migration20261127210001_ListingLease';

  override up(): void {
    this.addSql(
      `alter table "listing" add "leased_until" timestamptz(6) null, alter column "checked_at" drop not null, alter column "checked_at" drop default;`,
    );
  }

  override down(): void {
    this.addSql(`update "listing" set "checked_at" = now() where "checked_at" is null;`);
    this.addSql(
      `alter table "listing" drop column "leased_until", alter column "checked_at" set not null, alter column "checked_at" set default now();`,
    );
  }
}
