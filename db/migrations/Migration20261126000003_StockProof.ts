import { Migration } from '@mikro-orm/migrations';

/** What the proof of stock found and when, and the one way to mend what the triggers keep. */
export class Migration20261126000003_StockProof extends Migration {
  override name = 'Migration20261126000003_StockProof';

  override up(): void {
    this.addSql(
      `create table "stock_proof" ("id" uuid not null, "at" timestamptz(6) not null, "actor" varchar(255) not null, "checked" jsonb not null, "differences" int not null, primary key ("id"));`,
    );
    this.addSql(`create index "stock_proof_at_index" on "stock_proof" ("at");`);
    this.addSql(
      `create table "stock_recount" ("id" uuid not null, "sku" varchar(255) not null, "reason" text not null, "actor" varchar(255) not null, "at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "stock_recount" add constraint "stock_recount_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );

    // Never more claimed than can be: where the claims themselves are too many, some must be released before.
    this.addSql(`
      create function stock_recount_apply() returns trigger language plpgsql as $$
      begin
        update lot set on_hand = sum.on_hand, claimed = sum.claimed
        from (select l.id, m.quantity as on_hand,
                     case when l.state = 'sellable' then least(c.quantity, m.quantity) else 0 end as claimed
              from lot l
              cross join lateral (select coalesce(sum(quantity), 0)::int as quantity
                                  from stock_movement where lot_id = l.id) m
              cross join lateral (select coalesce(sum(quantity), 0)::int as quantity
                                  from claim where lot_id = l.id and state = 'open') c
              where l.sku = new.sku) sum
        where lot.id = sum.id and (lot.on_hand, lot.claimed) <> (sum.on_hand, sum.claimed);
        insert into stock_level (warehouse, sku)
        select distinct warehouse, sku from stock_movement where sku = new.sku on conflict do nothing;
        update stock_level level
        set on_hand = sum.on_hand, unavailable = sum.unavailable,
            claimed = least(sum.claimed, sum.on_hand - sum.unavailable)
        from (select l.warehouse, m.quantity as on_hand, u.quantity as unavailable, c.quantity as claimed
              from stock_level l
              cross join lateral (select coalesce(sum(quantity), 0)::int as quantity
                                  from stock_movement where warehouse = l.warehouse and sku = l.sku) m
              cross join lateral (select coalesce(sum(on_hand), 0)::int as quantity from lot
                                  where warehouse = l.warehouse and sku = l.sku and state <> 'sellable') u
              cross join lateral (select coalesce(sum(quantity), 0)::int as quantity from claim
                                  where warehouse = l.warehouse and sku = l.sku and state = 'open') c
              where l.sku = new.sku) sum
        where level.sku = new.sku and level.warehouse = sum.warehouse;
        return null;
      end $$;`);
    this.addSql(`
      create trigger stock_recount_apply after insert on stock_recount
      for each row execute function stock_recount_apply();`);
    this.addSql(`
      create trigger stock_recount_append_only before update or delete on stock_recount
      for each row execute function refuse_direct_write();`);
  }

  override down(): void {
    this.addSql('drop table stock_recount, stock_proof; drop function stock_recount_apply();');
  }
}
