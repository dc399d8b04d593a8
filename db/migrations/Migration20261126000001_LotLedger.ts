import { Migration } from '@mikro-orm/migrations';

/**
 * What is unavailable is the sum of the lots that are not sellable, and what a lot has promised the sum of the claims
 * on it, because triggers keep them so. Each movement carries what its lot cost.
 */
export class Migration20261126000001_LotLedger extends Migration {
  override name = 'Migration20261126000001_LotLedger';

  override up(): void {
    this.addSql(`
      update lot set claimed = c.quantity from (
        select lot_id, sum(quantity) as quantity from claim where state = 'open' and lot_id is not null group by 1) c
      where c.lot_id = lot.id;`);
    this.addSql(`
      create sequence purchase_order_number; create sequence transfer_number;`);

    // The level in one statement: between two, what is claimed could seem more than what is left.
    this.addSql(`
      create or replace function stock_movement_apply() returns trigger language plpgsql as $$
      begin
        insert into stock_level (warehouse, sku)
        select distinct warehouse, sku from new_rows order by sku, warehouse on conflict do nothing;
        update stock_level level
        set on_hand = level.on_hand + moved.quantity, unavailable = level.unavailable + moved.unsellable
        from (select n.warehouse, n.sku, sum(n.quantity) as quantity,
                     coalesce(sum(n.quantity) filter (where lot.state <> 'sellable'), 0) as unsellable
              from new_rows n join lot on lot.id = n.lot_id group by n.warehouse, n.sku) moved
        where level.warehouse = moved.warehouse and level.sku = moved.sku;
        update lot set on_hand = lot.on_hand + moved.quantity
        from (select lot_id, sum(quantity) as quantity from new_rows group by lot_id) moved
        where lot.id = moved.lot_id;
        return null;
      end $$;`);
    this.addSql(`
      create function stock_movement_cost() returns trigger language plpgsql as $$
      begin
        select lot.unit_cost, lot.currency into new.unit_cost, new.currency from lot where lot.id = new.lot_id;
        return new;
      end $$;`);
    this.addSql(`
      create trigger stock_movement_cost before insert on stock_movement
      for each row execute function stock_movement_cost();`);

    this.addSql(`
      create function lot_state_apply() returns trigger language plpgsql as $$
      begin
        update stock_level level set unavailable = level.unavailable + d.quantity
        from (select n.warehouse, n.sku,
                     sum(case when n.state = 'sellable' then -n.on_hand else n.on_hand end) as quantity
              from new_rows n join old_rows o on o.id = n.id
              where (n.state = 'sellable') <> (o.state = 'sellable') group by n.warehouse, n.sku) d
        where level.warehouse = d.warehouse and level.sku = d.sku and d.quantity <> 0;
        return null;
      end $$;`);
    this.addSql(`
      create trigger lot_state_apply after update on lot
      referencing old table as old_rows new table as new_rows for each statement execute function lot_state_apply();`);

    // What comes of a batch that was called back is never on sale, in whatever way it comes.
    this.addSql(`
      create function lot_recalled() returns trigger language plpgsql as $$
      begin
        if exists (select 1 from recall where sku = new.sku and lot = new.number) then new.state = 'recalled'; end if;
        return new;
      end $$;`);
    this.addSql(`
      create trigger lot_recalled before insert on lot for each row execute function lot_recalled();`);

    this.addSql(`
      create or replace function claim_apply() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then
          update stock_level level set claimed = level.claimed + d.quantity
          from (select warehouse, sku, sum(quantity) as quantity from new_rows where state = 'open'
                group by warehouse, sku) d
          where level.warehouse = d.warehouse and level.sku = d.sku;
          update lot set claimed = lot.claimed + d.quantity
          from (select lot_id, sum(quantity) as quantity from new_rows where state = 'open' and lot_id is not null
                group by lot_id) d
          where lot.id = d.lot_id;
        elsif tg_op = 'DELETE' then
          update stock_level level set claimed = level.claimed - d.quantity
          from (select warehouse, sku, sum(quantity) as quantity from old_rows where state = 'open'
                group by warehouse, sku) d
          where level.warehouse = d.warehouse and level.sku = d.sku;
          update lot set claimed = lot.claimed - d.quantity
          from (select lot_id, sum(quantity) as quantity from old_rows where state = 'open' and lot_id is not null
                group by lot_id) d
          where lot.id = d.lot_id;
        else
          update stock_level level set claimed = level.claimed + d.quantity
          from (select warehouse, sku, sum(quantity) as quantity from (
                  select warehouse, sku, quantity from new_rows where state = 'open'
                  union all
                  select warehouse, sku, -quantity from old_rows where state = 'open') moved
                group by warehouse, sku having sum(quantity) <> 0) d
          where level.warehouse = d.warehouse and level.sku = d.sku;
          update lot set claimed = lot.claimed + d.quantity
          from (select lot_id, sum(quantity) as quantity from (
                  select lot_id, quantity from new_rows where state = 'open'
                  union all
                  select lot_id, -quantity from old_rows where state = 'open') moved
                where lot_id is not null group by lot_id having sum(quantity) <> 0) d
          where lot.id = d.lot_id;
        end if;
        return null;
      end $$;`);

    this.addSql(`
      drop trigger stock_level_guard on stock_level; drop trigger lot_guard on lot;
      create trigger stock_level_guard before update of on_hand, claimed, unavailable on stock_level
      for each row when (pg_trigger_depth() = 0) execute function refuse_direct_write();
      create trigger lot_guard before update of on_hand, claimed on lot
      for each row when (pg_trigger_depth() = 0) execute function refuse_direct_write();`);
  }

  override down(): void {
    this.addSql(`
      drop trigger stock_level_guard on stock_level; drop trigger lot_guard on lot;
      create trigger stock_level_guard before update of on_hand, claimed on stock_level
      for each row when (pg_trigger_depth() = 0) execute function refuse_direct_write();
      create trigger lot_guard before update of on_hand on lot
      for each row when (pg_trigger_depth() = 0) execute function refuse_direct_write();`);
    this.addSql(`
      create or replace function claim_apply() returns trigger language plpgsql as $$
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
      create or replace function stock_movement_apply() returns trigger language plpgsql as $$
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
      drop trigger lot_recalled on lot; drop function lot_recalled();
      drop trigger lot_state_apply on lot; drop trigger stock_movement_cost on stock_movement;
      drop function lot_state_apply(), stock_movement_cost();
      drop sequence purchase_order_number, transfer_number;`);
  }
}
