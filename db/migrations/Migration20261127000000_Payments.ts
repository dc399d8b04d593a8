import { Migration } from '@mikro-orm/migrations';

export class Migration20261127000000_Payments extends Migration {
  override name = 'Migration20261127000000_Payments';

  override up(): void {
    this.addSql(
      `create table "payment_account" ("id" uuid not null, "provider" varchar(255) not null, "name" varchar(255) not null, "url" varchar(255) not null, "store_id" uuid null, "credentials" text not null, "webhook_secret" text null, "enabled" boolean not null default true, "connected_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "payment_account" add constraint "payment_account_name_unique" unique ("name");`,
    );
    this.addSql(
      `create table "provider_payment" ("order_id" uuid not null, "provider" varchar(255) not null, "external_id" varchar(255) not null, "state" varchar(255) null, "capturable" bigint not null default '0', "capture_before" timestamptz(6) null, "read_at" timestamptz(6) null, primary key ("order_id"));`,
    );
    this.addSql(
      `create index "provider_payment_provider_external_id_index" on "provider_payment" ("provider", "external_id");`,
    );
    this.addSql(
      `create table "dispute" ("id" uuid not null, "order_id" uuid not null, "provider" varchar(255) not null, "external_id" varchar(255) not null, "amount" bigint not null, "currency" varchar(3) not null, "reason" varchar(255) not null, "state" text not null, "respond_by" timestamptz(6) null, "at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "dispute_order_id_index" on "dispute" ("order_id");`);
    this.addSql(
      `alter table "dispute" add constraint "dispute_provider_external_id_unique" unique ("provider", "external_id");`,
    );
    this.addSql(`alter table "refund" drop constraint "refund_state_check";`);
    this.addSql(
      `alter table "refund" add constraint "refund_state_check" check ("state" in ('intended', 'done', 'abandoned', 'failed'));`,
    );
    this.addSql(
      `alter table "payment_account" add constraint "payment_account_store_id_foreign" foreign key ("store_id") references "store" ("id") on delete set null;`,
    );
    this.addSql(
      `alter table "provider_payment" add constraint "provider_payment_order_id_foreign" foreign key ("order_id") references "orders" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "dispute" add constraint "dispute_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );
    this.addSql(`alter table "dispute" add constraint "dispute_amount_check" check (amount >= 0);`);
    this.addSql(
      `alter table "dispute" add constraint "dispute_state_check" check ("state" in ('open', 'won', 'lost'));`,
    );
  }

  override down(): void {
    this.addSql(`drop table "payment_account"; drop table "provider_payment"; drop table "dispute";`);
    this.addSql(`update "refund" set "state" = 'abandoned' where "state" = 'failed';`);
    this.addSql(`alter table "refund" drop constraint "refund_state_check";`);
    this.addSql(
      `alter table "refund" add constraint "refund_state_check" check ("state" in ('intended', 'done', 'abandoned'));`,
    );
  }
}
