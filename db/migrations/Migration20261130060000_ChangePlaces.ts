import { Migration } from '@mikro-orm/migrations';

export class Migration20261130060000_ChangePlaces extends Migration {
  override name = 'Migration20261130060000_ChangePlaces';

  override up(): void {
    this.addSql(`alter table "order_change" add column "place" int null;`);
    this.addSql(
      `update order_change c set place = n.place
       from (select id, row_number() over (partition by order_id order by created_at, id) as place
             from order_change where state in ('accepted', 'done', 'skipped')) n
       where n.id = c.id;`,
    );
    this.addSql(
      `alter table "order_change" add constraint "order_change_order_id_place_unique" unique ("order_id", "place");`,
    );
  }
}
