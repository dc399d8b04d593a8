import { Migration } from '@mikro-orm/migrations';

/** One action for many orders, with one row for each of them. */
export class Migration20261130064500_Bulks extends Migration {
  override name = 'Migration20261130064500_Bulks';

  override up(): void {
    this.addSql(`create table "bulk" (
      "id" uuid not null,
      "action" text check ("action" in ('retry', 'cancel', 'hold', 'release')) not null,
      "actor" varchar(255) not null,
      "reason" text not null,
      "state" text check ("state" in ('running', 'paused', 'stopped', 'done')) not null default 'running',
      "created_at" timestamptz(6) not null default now(),
      "ended_at" timestamptz(6) null,
      primary key ("id"));`);
    this.addSql('create index bulk_open on bulk (id) where ended_at is null;');
    this.addSql(`create table "bulk_order" (
      "bulk_id" uuid not null,
      "position" int not null,
      "order_id" uuid not null,
      "attention_ids" text[] not null default '{}',
      "state" text check ("state" in ('pending', 'done', 'refused', 'failed', 'stopped')) not null default 'pending',
      "message" text null,
      "at" timestamptz(6) null,
      primary key ("bulk_id", "position"));`);
    this.addSql(`create index bulk_order_pending on bulk_order (bulk_id, position) where state = 'pending';`);
    this.addSql(
      `alter table "bulk_order" add constraint "bulk_order_bulk_id_order_id_unique" unique ("bulk_id", "order_id");`,
    );
    this.addSql(
      `alter table "bulk_order" add constraint "bulk_order_bulk_id_foreign" foreign key ("bulk_id") references "bulk" ("id");`,
    );
    this.addSql(
      `alter table "bulk_order" add constraint "bulk_order_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );
  }

  override down(): void {
    this.addSql('drop table "bulk_order"; drop table "bulk";');
  }
}
