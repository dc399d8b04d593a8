import { Migration } from '@mikro-orm/migrations';

export class Migration20261130070000_Policies extends Migration {
  override name = 'Migration20261130070000_Policies';

  override up(): void {
    this.addSql(`alter table "store" add column "policy_version" int not null default 1;`);
    this.addSql(
      `create table "policy_change" ("seq" bigserial primary key, "store_id" uuid not null, "version" int not null, "actor" varchar(255) not null, "reason" text not null, "changes" jsonb not null, "at" timestamptz(6) not null default now());`,
    );
    this.addSql(`create index "policy_change_store_id_seq_index" on "policy_change" ("store_id", "seq");`);
    this.addSql(`
      create trigger policy_change_append_only before update or delete on policy_change
      for each row execute function refuse_direct_write();`);
    this.addSql(`alter table "carrier_account" add column "services" text[] null;`);
  }

  override down(): void {
    this.addSql(`alter table "carrier_account" drop column "services";`);
    this.addSql('drop table policy_change;');
    this.addSql(`alter table "store" drop column "policy_version";`);
  }
}
