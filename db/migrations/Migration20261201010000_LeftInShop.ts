import { Migration } from '@mikro-orm/migrations';

export class Migration20261201010000_LeftInShop extends Migration {
  override name = 'Migration20261201010000_LeftInShop';

  override up(): void {
    this.addSql(`alter table "orders" add column "left_in_shop" jsonb null;`);
  }

  override down(): void {
    this.addSql(`alter table "orders" drop column "left_in_shop";`);
  }
}
