import { Migration } from '@mikro-orm/migrations';

export class Migration20261130234500_BulkPatience extends Migration {
  override name = 'Migration20261130234500_BulkPatience';

  override up(): void {
    this.addSql(`alter table "bulk_order" add column "deferred" int not null default 0;`);
    this.addSql('drop index bulk_order_pending;');
    this.addSql(
      `create index bulk_order_pending on bulk_order (bulk_id, deferred, position) where state = 'pending';`,
    );
  }

  override down(): void {
    this.addSql('drop index bulk_order_pending;');
    this.addSql(`create index bulk_order_pending on bulk_order (bulk_id, position) where state = 'pending';`);
    this.addSql(`alter table "bulk_order" drop column "deferred";`);
  }
}
