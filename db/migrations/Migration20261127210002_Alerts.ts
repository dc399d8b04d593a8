import { Migration } from '@mikro-orm/migrations';

/** A lot is told of once; an address gets each alert once. */
export class Migration20261127210002_Alerts extends Migration {
  override name = 'Migration20261127210002_Alerts';

  override up(): void {
    this.addSql(`create unique index alert_once_per_lot on alert (subject) where kind = 'lot_expiring';`);
    this.addSql(
      `create unique index alert_endpoint_once on alert_endpoint (channel, target) where deleted_at is null;`,
    );
  }

  override down(): void {
    this.addSql('drop index alert_endpoint_once; drop index alert_once_per_lot;');
  }
}
