import { Migration } from '@mikro-orm/migrations';

/** Orders that have ended are many and stay; those that are open are looked through every few seconds. */
export class Migration20261127120001_OpenOrders extends Migration {
  override name = 'Migration20261127120001_OpenOrders';

  override up(): void {
    this.addSql('create index orders_open on orders (id) where ended_at is null;');
  }

  override down(): void {
    this.addSql('drop index orders_open;');
  }
}
