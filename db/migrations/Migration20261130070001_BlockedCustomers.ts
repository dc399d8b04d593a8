import { Migration } from '@mikro-orm/migrations';

export class Migration20261130070001_BlockedCustomers extends Migration {
  override name = 'Migration20261130070001_BlockedCustomers';

  override up(): void {
    this.addSql(
      `create table "mark_key" ("id" varchar(255) not null, "secret" text not null, primary key ("id"));`,
    );
    this.addSql(`alter table "blocked_customer" drop constraint "blocked_customer_pkey";`);
    this.addSql(`alter table "blocked_customer" rename column "customer_key" to "mark";`);
    this.addSql(`alter table "blocked_customer" add column "id" uuid not null default gen_random_uuid();`);
    this.addSql(`alter table "blocked_customer" alter column "id" drop default;`);
    this.addSql(`alter table "blocked_customer" add primary key ("id");`);
    this.addSql(`alter table "blocked_customer" add column "kind" text not null default 'email';`);
    this.addSql(`alter table "blocked_customer" alter column "kind" drop default;`);
    this.addSql(
      `alter table "blocked_customer" add constraint "blocked_customer_kind_check" check ("kind" in ('email', 'phone', 'postal_code', 'address'));`,
    );
    this.addSql(`alter table "blocked_customer" add column "label" text not null default '';`);
    this.addSql(
      `alter table "blocked_customer" add constraint "blocked_customer_mark_unique" unique ("mark");`,
    );
  }
}
