import { Migration } from '@mikro-orm/migrations';

export class Migration20261127220000_OrderChanges extends Migration {
  override name = 'Migration20261127220000_OrderChanges';

  override up(): void {
    this.addSql(
      `create table "order_change" ("id" uuid not null, "order_id" uuid not null, "kind" text not null, "request_key" varchar(255) not null, "content" jsonb null, "amount" bigint not null default '0', "given" bigint not null default '0', "state" text not null default 'proposed', "actor" varchar(255) not null, "reason" text not null, "created_at" timestamptz(6) not null default now(), "settled_at" timestamptz(6) null, primary key ("id"), constraint "order_change_kind_check" check ("kind" in ('address', 'lines', 'refund')), constraint "order_change_state_check" check ("state" in ('proposed', 'accepted', 'done', 'refused', 'skipped')), constraint "order_change_amount_check" check (amount >= 0), constraint "order_change_given_check" check (given >= 0));`,
    );
    this.addSql(
      `alter table "order_change" add constraint "order_change_request_key_unique" unique ("request_key");`,
    );
    this.addSql(
      `create index "order_change_order_id_created_at_index" on "order_change" ("order_id", "created_at");`,
    );
    this.addSql(
      `alter table "order_change" add constraint "order_change_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );
  }
}
