import { Migration } from '@mikro-orm/migrations';

/** What may be changed in tables that nobody else may change: what tells who a customer is, and only by an erasure. */
const erasable = { order_version: 'snapshot', order_line: 'title', audit: 'detail' };

export class Migration20261127120000_Privacy extends Migration {
  override name = 'Migration20261127120000_Privacy';

  override up(): void {
    this.addSql(`alter table "orders" add "erased_at" timestamptz(6) null;`);
    this.addSql('create index orders_erased on orders (erased_at) where erased_at is not null;');
    this.addSql(
      `create table "erasure" ("id" uuid not null, "store_id" uuid null, "actor" varchar(255) not null, "reason" text not null, "marks" text[] not null, "requested_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql('create index erasure_marks on erasure using gin (marks);');
    this.addSql(
      `create table "erasure_order" ("erasure_id" uuid not null, "order_id" uuid not null, "erased_at" timestamptz(6) null, primary key ("erasure_id", "order_id"));`,
    );
    this.addSql(
      `alter table "erasure_order" add constraint "erasure_order_erasure_id_foreign" foreign key ("erasure_id") references "erasure" ("id");`,
    );
    this.addSql(`create index "erasure_order_order_id_index" on "erasure_order" ("order_id");`);
    this.addSql('create index erasure_order_waiting on erasure_order (order_id) where erased_at is null;');
    this.addSql(
      `create table "data_request" ("id" uuid not null, "store_id" uuid not null, "external_id" varchar(255) not null, "order_ids" text[] not null, "received_at" timestamptz(6) not null default now(), "exported_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "data_request" add constraint "data_request_store_id_external_id_unique" unique ("store_id", "external_id");`,
    );
    this.findPeople();
    this.addSql(
      `create index inbox_body_kept on inbox (received_at) where body <> '' and state in ('applied', 'refused');`,
    );
    this.addSql(`create index label_document_kept on label (bought_at) where document <> '';`);
    this.addSql(
      `create index idempotency_with_customer on idempotency (started_at) where jsonb_path_exists(answer, '$.**.customer');`,
    );
    this.letErase();
  }

  /** By what a customer is found: everything that any version of an order's content names them by. */
  private findPeople(): void {
    this.addSql(`
      create function person_marks(snapshot jsonb) returns text[] language sql immutable parallel safe as $$
        select array_remove(array[
          'email:' || nullif(lower(btrim(snapshot #>> '{customer,email}')), ''),
          'customer:' || nullif(snapshot #>> '{customer,externalId}', ''),
          'phone:' || nullif(regexp_replace(regexp_replace(snapshot #>> '{customer,phone}', '[^0-9]', '', 'g'), '^00', ''), ''),
          'phone:' || nullif(regexp_replace(regexp_replace(snapshot #>> '{shippingAddress,phone}', '[^0-9]', '', 'g'), '^00', ''), '')
        ], null)
      $$;`);
    this.addSql('create index order_version_person on order_version using gin (person_marks(snapshot));');
  }

  /** Within a transaction that says that it erases, and never what the books are made of. */
  private letErase(): void {
    this.addSql(`
      create function kept_by_erasure(snapshot jsonb) returns jsonb language sql immutable as $$
        select jsonb_build_array(
          snapshot -> 'totals', snapshot -> 'externalId', snapshot -> 'number', snapshot -> 'placedAt', snapshot -> 'updatedAt',
          snapshot -> 'currency', snapshot -> 'taxesIncluded', snapshot -> 'test', snapshot -> 'cancelledAt',
          snapshot -> 'pickup', snapshot -> 'payment', snapshot #> '{shippingAddress,country}',
          (select jsonb_agg(line - 'title' order by position)
           from jsonb_array_elements(snapshot -> 'lines') with ordinality lines (line, position)))
      $$;`);
    this.addSql(`
      create function refuse_but_erasure() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and current_setting('orderloom.erasing', true) = 'on'
           and to_jsonb(new) - tg_argv[0] = to_jsonb(old) - tg_argv[0]
           and (tg_table_name <> 'order_version' or
                kept_by_erasure(to_jsonb(new) -> 'snapshot') = kept_by_erasure(to_jsonb(old) -> 'snapshot')) then
          return new;
        end if;
        raise exception '% is kept by its triggers or append-only: write a movement or a claim instead', tg_table_name
          using errcode = 'integrity_constraint_violation';
      end $$;`);
    for (const [table, column] of Object.entries(erasable))
      this.addSql(`
        drop trigger ${table}_append_only on ${table};
        create trigger ${table}_append_only before update or delete on ${table}
        for each row execute function refuse_but_erasure('${column}');`);
  }

  override down(): void {
    for (const table of Object.keys(erasable))
      this.addSql(`
        drop trigger ${table}_append_only on ${table};
        create trigger ${table}_append_only before update or delete on ${table}
        for each row execute function refuse_direct_write();`);
    this.addSql('drop function refuse_but_erasure(), kept_by_erasure(jsonb);');
    this.addSql(
      'drop index idempotency_with_customer, label_document_kept, inbox_body_kept, order_version_person;',
    );
    this.addSql('drop function person_marks(jsonb);');
    this.addSql('drop table data_request, erasure_order, erasure;');
    this.addSql('alter table orders drop column erased_at;');
  }
}
