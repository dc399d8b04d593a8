import { Migration } from '@mikro-orm/migrations';

export class Migration20261130220000_TrackingErrors extends Migration {
  override name = 'Migration20261130220000_TrackingErrors';

  override up(): void {
    this.addSql(`alter table "label" add column "tracking_error" varchar(255) null;`);
    this.addSql(
      'create index label_tracking_unread on label (carrier) where tracking_error is not null and voided_at is null;',
    );
  }

  override down(): void {
    this.addSql(`alter table "label" drop column "tracking_error";`);
  }
}
