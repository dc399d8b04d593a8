import { Migration } from '@mikro-orm/migrations';

/**
 * The stock invariants that no constraint can say alone. On-hand is the sum of movements and claimed the sum of
 * open claims because triggers keep them so, statement by statement; nothing else may write them.
 */
export class Migration20261124000001_StockLedger extends Migration {
  override name = 'Migration20261124000001_StockLedger';

  override up(): void {
    this.addSql(`
      create function stock_movement_apply() returns trigger language plpgsql as $$
      begin
        insert into stock_level (warehouse, sku)
        select distinct warehouse, sku from new_rows order by sku, warehouse on conflict do nothing;
        update stock_level level set on_hand = level.on_hand + moved.quantity
        from (select warehouse, sku, sum(quantity) as quantity from new_rows group by warehouse, sku) moved
        where level.warehouse = moved.warehouse and level.sku = moved.sku;
        update lot set on_hand = lot.on_hand + moved.quantity
        from (select lot_id, sum(quantity) as quantity from new_rows group by lot_id) moved
        where lot.id = moved.lot_id;
        return null;
      end $$;`);
    this.addSql(`
      create trigger stock_movement_apply after insert on stock_movement
      referencing new table as new_rows for each statement execute function stock_movement_apply();`);

    this.addSql(`
      create function claim_apply() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then
          update stock_level level set claimed = level.claimed + d.quantity
          from (select warehouse, sku, sum(quantity) as quantity from new_rows where state = 'open'
                group by warehouse, sku) d
          where level.warehouse = d.warehouse and level.sku = d.sku;
        elsif tg_op = 'DELETE' then
          update stock_level level set claimed = level.claimed - d.quantity
          from (select warehouse, sku, sum(quantity) as quantity from old_rows where state = 'open'
                group by warehouse, sku) d
          where level.warehouse = d.warehouse and level.sku = d.sku;
        else
          update stock_level level set claimed = level.claimed + d.quantity
          from (select warehouse, sku, sum(quantity) as quantity from (
                  select warehouse, sku, quantity from new_rows where state = 'open'
                  union all
                  select warehouse, sku, -quantity from old_rows where state = 'open') moved
                group by warehouse, sku having sum(quantity) <> 0) d
          where level.warehouse = d.warehouse and level.sku = d.sku;
        end if;
        return null;
      end $$;`);
    this.addSql(`
      create trigger claim_inserted after insert on claim
      referencing new table as new_rows for each statement execute function claim_apply();`);
    this.addSql(`
      create trigger claim_updated after update on claim
      referencing old table as old_rows new table as new_rows for each statement execute function claim_apply();`);
    this.addSql(`
      create trigger claim_deleted after delete on claim
      referencing old table as old_rows for each statement execute function claim_apply();`);
    // A claim on a level that has no row would be counted nowhere.
    this.addSql(`
      alter table claim add constraint claim_level_exists
      foreign key (warehouse, sku) references stock_level (warehouse, sku);`);

    this.addSql(`
      create function refuse_direct_write() returns trigger language plpgsql as $$
      begin
        raise exception '% is kept by its triggers or append-only: write a movement or a claim instead', tg_table_name
          using errcode = 'integrity_constraint_violation';
      end $$;`);
    this.addSql(`
      create trigger stock_level_guard before update of on_hand, claimed on stock_level
      for each row when (pg_trigger_depth() = 0) execute function refuse_direct_write();`);
    this.addSql(`
      create trigger lot_guard before update of on_hand on lot
      for each row when (pg_trigger_depth() = 0) execute function refuse_direct_write();`);
    for (const table of ['stock_movement', 'order_version', 'order_line', 'audit'])
      this.addSql(`
        create trigger ${table}_append_only before update or delete on ${table}
        for each row execute function refuse_direct_write();`);
  }

  override down(): void {
    for (const table of ['stock_movement', 'order_version', 'order_line', 'audit'])
      this.addSql(`drop trigger ${table}_append_only on ${table};`);
    this.addSql('drop trigger lot_guard on lot; drop trigger stock_level_guard on stock_level;');
    this.addSql('alter table claim drop constraint claim_level_exists;');
    this.addSql(
      'drop trigger claim_inserted on claim; drop trigger claim_updated on claim; drop trigger claim_deleted on claim;',
    );
    this.addSql('drop trigger stock_movement_apply on stock_movement;');
    this.addSql('drop function stock_movement_apply(), claim_apply(), refuse_direct_write();');
  }
}
