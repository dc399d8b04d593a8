import { Migration } from '@mikro-orm/migrations';

/** The documents of a warehouse (purchase orders, transfers, counts, recalls) and what planning goes by. */
export class Migration20261126000000_Inventory extends Migration {
  override name = 'Migration20261126000000_Inventory';

  override up(): void {
    this.addSql(
      `create table "alert" ("id" uuid not null, "kind" text not null, "subject" varchar(255) not null, "warehouse" varchar(255) not null, "sku" varchar(255) not null, "facts" jsonb not null, "opened_at" timestamptz(6) not null default now(), "closed_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`create unique index alert_one_open on alert (kind, subject) where closed_at is null;`);
    this.addSql(`create index "alert_opened_at_index" on "alert" ("opened_at");`);
    this.addSql(
      `create table "alert_endpoint" ("id" uuid not null, "channel" text not null, "target" varchar(255) not null, "secret" varchar(255) null, "kinds" text[] not null, "created_at" timestamptz(6) not null default now(), "deleted_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(
      `create table "alert_delivery" ("id" uuid not null, "alert_id" uuid not null, "endpoint_id" uuid not null, "state" text not null default 'due', "due_at" timestamptz(6) not null default now(), "attempts" int not null default 0, "last_error" text null, "delivered_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`create index alert_delivery_due on alert_delivery (due_at) where state = 'due';`);
    this.addSql(
      `alter table "alert_delivery" add constraint "alert_delivery_alert_id_endpoint_id_unique" unique ("alert_id", "endpoint_id");`,
    );
    this.addSql(
      `create table "recall" ("id" uuid not null, "sku" varchar(255) not null, "lot" varchar(255) not null, "reason" text not null, "actor" varchar(255) not null, "at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `create table "store_buffer" ("store_id" uuid not null, "sku" varchar(255) not null, "quantity" int not null, "updated_at" timestamptz(6) not null default now(), primary key ("store_id", "sku"));`,
    );
    this.addSql(
      `create table "transfer" ("id" uuid not null, "number" varchar(255) not null, "from_warehouse" varchar(255) not null, "to_warehouse" varchar(255) not null, "state" text not null default 'draft', "note" text null, "expected_at" date null, "created_by" varchar(255) not null, "created_at" timestamptz(6) not null default now(), "sent_at" timestamptz(6) null, "closed_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`alter table "transfer" add constraint "transfer_number_unique" unique ("number");`);
    this.addSql(`create index "transfer_state_index" on "transfer" ("state");`);
    this.addSql(
      `create table "replenishment" ("warehouse" varchar(255) not null, "sku" varchar(255) not null, "reorder_point" int not null, "safety_stock" int not null default 0, "lead_time_days" int not null, "cover_days" int not null default 30, "supplier" varchar(255) not null, "pack_size" int not null default 1, "unit_cost" bigint not null, "currency" varchar(3) not null, "updated_at" timestamptz(6) not null default now(), primary key ("warehouse", "sku"));`,
    );
    this.addSql(
      `create table "rate_card" ("id" uuid not null, "warehouse" varchar(255) not null, "carrier" varchar(255) not null, "service" varchar(255) not null, "name" varchar(255) not null, "countries" text[] not null, "transit_days" int not null, "brackets" jsonb not null, "dimensional_divisor" int null, "created_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "rate_card" add constraint "rate_card_warehouse_carrier_service_name_unique" unique ("warehouse", "carrier", "service", "name");`,
    );
    this.addSql(
      `create table "purchase_order" ("id" uuid not null, "number" varchar(255) not null, "supplier" varchar(255) not null, "warehouse" varchar(255) not null, "state" text not null default 'draft', "currency" varchar(3) not null, "expected_at" date null, "note" text null, "created_by" varchar(255) not null, "created_at" timestamptz(6) not null default now(), "ordered_at" timestamptz(6) null, "closed_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "purchase_order" add constraint "purchase_order_number_unique" unique ("number");`,
    );
    this.addSql(
      `create index "purchase_order_state_expected_at_index" on "purchase_order" ("state", "expected_at");`,
    );
    this.addSql(
      `create table "purchase_order_line" ("purchase_order_id" uuid not null, "position" int not null, "sku" varchar(255) not null, "quantity" int not null, "received" int not null default 0, "unit_cost" bigint not null, primary key ("purchase_order_id", "position"));`,
    );
    this.addSql(`create index "purchase_order_line_sku_index" on "purchase_order_line" ("sku");`);
    this.addSql(
      `alter table "purchase_order_line" add constraint "purchase_order_line_purchase_order_id_sku_unique" unique ("purchase_order_id", "sku");`,
    );
    this.addSql(
      `create table "transfer_line" ("transfer_id" uuid not null, "position" int not null, "sku" varchar(255) not null, "lot_id" uuid null, "quantity" int not null, "received" int not null default 0, "lost" int not null default 0, primary key ("transfer_id", "position"));`,
    );
    this.addSql(`create index "transfer_line_sku_index" on "transfer_line" ("sku");`);
    this.addSql(`alter table "recall" add constraint "recall_sku_lot_unique" unique ("sku", "lot");`);
    this.addSql(
      `create table "recall_item" ("recall_id" uuid not null, "fulfillment_id" uuid not null, "lot_id" uuid not null, "order_id" uuid not null, "quantity" int not null, "outcome" text not null, "returned_at" timestamptz(6) null, primary key ("recall_id", "fulfillment_id", "lot_id"));`,
    );
    this.addSql(
      `create table "cycle_count" ("id" uuid not null, "warehouse" varchar(255) not null, "state" text not null default 'open', "note" text null, "opened_by" varchar(255) not null, "opened_at" timestamptz(6) not null default now(), "closed_by" varchar(255) null, "closed_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`create index "cycle_count_state_index" on "cycle_count" ("state");`);
    this.addSql(
      `create table "cycle_count_line" ("count_id" uuid not null, "position" int not null, "sku" varchar(255) not null, "lot_id" uuid not null, "counted" int null, "expected" int null, "counted_by" varchar(255) null, "counted_at" timestamptz(6) null, primary key ("count_id", "position"));`,
    );
    this.addSql(
      `alter table "cycle_count_line" add constraint "cycle_count_line_count_id_lot_id_unique" unique ("count_id", "lot_id");`,
    );
    this.addSql(
      `create table "box_type" ("code" varchar(255) not null, "name" varchar(255) not null, "warehouse" varchar(255) null, "inner_mm" jsonb not null, "outer_mm" jsonb not null, "weight_grams" int not null, "max_weight_grams" int not null, "cost" bigint not null default '0', "active" boolean not null default true, "created_at" timestamptz(6) not null default now(), primary key ("code"));`,
    );
    this.addSql(`alter table "attention" drop constraint "attention_order_id_foreign";`);
    this.addSql(
      `alter table "product" add "backorder" boolean not null default true, add "ships_from" date null, add "parcel_class" varchar(255) null, add "ships_alone" boolean not null default false;`,
    );
    this.addSql(`alter table "stock_wait" add "alone" boolean not null default false;`);
    this.addSql(`create index stock_wait_linked on stock_wait (sku, order_id) where not alone;`);
    this.addSql(
      `alter table "reservation" add "excluded" text[] not null default '{}', add "expires_at" timestamptz(6) null;`,
    );
    this.addSql(`alter table "attention" add "subject" text null;`);
    this.addSql(`alter table "attention" alter column "order_id" drop not null;`);
    this.addSql(
      `alter table "attention" add constraint "attention_order_id_foreign" foreign key ("order_id") references "orders" ("id") on delete set null;`,
    );
    this.addSql(
      `create unique index attention_one_per_subject on attention (subject, reason) where resolved_at is null and order_id is null;`,
    );
    this.addSql(
      `alter table "warehouse" add "working_days" jsonb not null default '[1,2,3,4,5]', add "holidays" jsonb not null default '[]', add "daily_capacity" int null, add "handling_cost" bigint not null default '0';`,
    );
    this.addSql(
      `alter table "warehouse" add constraint "warehouse_daily_capacity_check" check (daily_capacity > 0);`,
    );
    this.addSql(
      `alter table "warehouse" add constraint "warehouse_handling_cost_check" check (handling_cost >= 0);`,
    );
    this.addSql(`alter table "receipt" add "purchase_order_id" uuid null;`);
    this.addSql(`create index "receipt_purchase_order_id_index" on "receipt" ("purchase_order_id");`);
    this.addSql(`alter table "lot" drop constraint "lot_state_check";`);
    this.addSql(`alter table "lot" add "claimed" int not null default 0;`);
    this.addSql(
      `alter table "lot" add constraint "lot_never_promised_twice" check (claimed >= 0 and claimed <= on_hand);`,
    );
    this.addSql(
      `alter table "lot" add constraint "lot_claims_are_sellable" check (state = 'sellable' or claimed = 0);`,
    );
    this.addSql(
      `alter table "lot" add constraint "lot_state_check" check ("state" in ('sellable', 'quarantined', 'expired', 'recalled'));`,
    );
    this.addSql(`alter table "stock_movement" drop constraint "stock_movement_reason_check";`);
    this.addSql(
      `alter table "stock_movement" add "note" text null, add "unit_cost" bigint not null default '0', add "currency" varchar(3) not null default '';`,
    );
    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_reason_check" check ("reason" in ('receipt', 'shipment', 'return', 'adjustment', 'count', 'damage', 'write_off', 'transfer_out', 'transfer_in'));`,
    );
    this.addSql(
      `create index "lot_sku_number_index" on "lot" ("sku", "number"); create index lot_expiring on lot (expires_at) where state = 'sellable';`,
    );
    this.addSql(`create index "stock_movement_at_id_index" on "stock_movement" ("at", "id");`);
    this.addSql(`alter table "fulfillment" add "ship_day" date null, add "given_up_at" timestamptz(6) null;`);
    this.addSql(
      `create index "fulfillment_warehouse_ship_day_index" on "fulfillment" ("warehouse", "ship_day");`,
    );
    this.addSql(`create index "claim_fulfillment_id_index" on "claim" ("fulfillment_id");`);
    this.addSql(`create index "claim_lot_id_index" on "claim" ("lot_id");`);
    this.addSql(
      `alter table "alert" add constraint "alert_kind_check" check ("kind" in ('low_stock', 'lot_expiring'));`,
    );
    this.addSql(
      `alter table "alert_endpoint" add constraint "alert_endpoint_channel_check" check ("channel" in ('email', 'webhook'));`,
    );
    this.addSql(
      `alter table "alert_delivery" add constraint "alert_delivery_alert_id_foreign" foreign key ("alert_id") references "alert" ("id");`,
    );
    this.addSql(
      `alter table "alert_delivery" add constraint "alert_delivery_endpoint_id_foreign" foreign key ("endpoint_id") references "alert_endpoint" ("id");`,
    );
    this.addSql(
      `alter table "alert_delivery" add constraint "alert_delivery_state_check" check ("state" in ('due', 'delivered', 'given_up'));`,
    );
    this.addSql(
      `alter table "recall" add constraint "recall_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "store_buffer" add constraint "store_buffer_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "store_buffer" add constraint "store_buffer_quantity_check" check (quantity >= 0);`,
    );
    this.addSql(
      `alter table "transfer" add constraint "transfer_from_warehouse_foreign" foreign key ("from_warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "transfer" add constraint "transfer_to_warehouse_foreign" foreign key ("to_warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "transfer" add constraint "transfer_goes_elsewhere" check (from_warehouse <> to_warehouse);`,
    );
    this.addSql(
      `alter table "transfer" add constraint "transfer_state_check" check ("state" in ('draft', 'in_transit', 'received', 'closed'));`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_sku_foreign" foreign key ("sku") references "product" ("sku") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_reorder_point_check" check (reorder_point >= 0);`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_safety_stock_check" check (safety_stock >= 0);`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_lead_time_days_check" check (lead_time_days >= 0);`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_cover_days_check" check (cover_days > 0);`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_pack_size_check" check (pack_size > 0);`,
    );
    this.addSql(
      `alter table "replenishment" add constraint "replenishment_unit_cost_check" check (unit_cost >= 0);`,
    );
    this.addSql(
      `alter table "rate_card" add constraint "rate_card_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "rate_card" add constraint "rate_card_transit_days_check" check (transit_days >= 0);`,
    );
    this.addSql(
      `alter table "rate_card" add constraint "rate_card_dimensional_divisor_check" check (dimensional_divisor > 0);`,
    );
    this.addSql(
      `alter table "purchase_order" add constraint "purchase_order_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "purchase_order" add constraint "purchase_order_state_check" check ("state" in ('draft', 'ordered', 'partially_received', 'received', 'closed'));`,
    );
    this.addSql(
      `alter table "purchase_order_line" add constraint "purchase_order_line_purchase_order_id_foreign" foreign key ("purchase_order_id") references "purchase_order" ("id");`,
    );
    this.addSql(
      `alter table "purchase_order_line" add constraint "purchase_order_line_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "purchase_order_line" add constraint "purchase_order_line_quantity_check" check (quantity > 0);`,
    );
    this.addSql(
      `alter table "purchase_order_line" add constraint "purchase_order_line_received_check" check (received >= 0);`,
    );
    this.addSql(
      `alter table "purchase_order_line" add constraint "purchase_order_line_unit_cost_check" check (unit_cost >= 0);`,
    );
    this.addSql(
      `alter table "transfer_line" add constraint "transfer_line_transfer_id_foreign" foreign key ("transfer_id") references "transfer" ("id");`,
    );
    this.addSql(
      `alter table "transfer_line" add constraint "transfer_line_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "transfer_line" add constraint "transfer_line_lot_id_foreign" foreign key ("lot_id") references "lot" ("id") on delete set null;`,
    );
    this.addSql(
      `alter table "transfer_line" add constraint "transfer_line_adds_up" check (received >= 0 and lost >= 0 and received + lost <= quantity);`,
    );
    this.addSql(
      `alter table "transfer_line" add constraint "transfer_line_quantity_check" check (quantity > 0);`,
    );
    this.addSql(
      `alter table "recall_item" add constraint "recall_item_recall_id_foreign" foreign key ("recall_id") references "recall" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "recall_item" add constraint "recall_item_fulfillment_id_foreign" foreign key ("fulfillment_id") references "fulfillment" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "recall_item" add constraint "recall_item_lot_id_foreign" foreign key ("lot_id") references "lot" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "recall_item" add constraint "recall_item_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );
    this.addSql(
      `alter table "recall_item" add constraint "recall_item_quantity_check" check (quantity > 0);`,
    );
    this.addSql(
      `alter table "recall_item" add constraint "recall_item_outcome_check" check ("outcome" in ('reallocated', 'to_check', 'to_return'));`,
    );
    this.addSql(
      `alter table "cycle_count" add constraint "cycle_count_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "cycle_count" add constraint "cycle_count_state_check" check ("state" in ('open', 'review', 'approved', 'cancelled'));`,
    );
    this.addSql(
      `alter table "cycle_count_line" add constraint "cycle_count_line_count_id_foreign" foreign key ("count_id") references "cycle_count" ("id");`,
    );
    this.addSql(
      `alter table "cycle_count_line" add constraint "cycle_count_line_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "cycle_count_line" add constraint "cycle_count_line_lot_id_foreign" foreign key ("lot_id") references "lot" ("id");`,
    );
    this.addSql(
      `alter table "cycle_count_line" add constraint "cycle_count_line_counted_check" check (counted >= 0);`,
    );
    this.addSql(
      `alter table "box_type" add constraint "box_type_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code") on delete set null;`,
    );
    this.addSql(
      `alter table "box_type" add constraint "box_type_weight_grams_check" check (weight_grams >= 0);`,
    );
    this.addSql(
      `alter table "box_type" add constraint "box_type_max_weight_grams_check" check (max_weight_grams > 0);`,
    );
    this.addSql(`alter table "box_type" add constraint "box_type_cost_check" check (cost >= 0);`);
  }

  override down(): void {
    this.addSql(
      `drop table alert_delivery, alert, alert_endpoint, recall_item, recall, store_buffer, transfer_line, transfer, replenishment, rate_card, purchase_order_line, purchase_order, cycle_count_line, cycle_count, box_type;`,
    );
    this.addSql(`drop index attention_one_per_subject; delete from attention where order_id is null;`);
    this.addSql(`alter table attention drop column subject, alter column order_id set not null;`);
    this.addSql(
      `alter table attention drop constraint attention_order_id_foreign; alter table attention add constraint attention_order_id_foreign foreign key (order_id) references orders (id);`,
    );
    this.addSql(
      `alter table product drop column backorder, drop column ships_from, drop column parcel_class, drop column ships_alone;`,
    );
    this.addSql(`alter table stock_wait drop column alone;`);
    this.addSql(`alter table reservation drop column excluded, drop column expires_at;`);
    this.addSql(
      `alter table warehouse drop column working_days, drop column holidays, drop column daily_capacity, drop column handling_cost;`,
    );
    this.addSql(`alter table receipt drop column purchase_order_id;`);
    this.addSql(
      `alter table lot drop constraint lot_state_check, drop column claimed; alter table lot add constraint lot_state_check check (state in ('sellable', 'quarantined', 'expired'));`,
    );
    this.addSql(
      `alter table stock_movement drop constraint stock_movement_reason_check, drop column note, drop column unit_cost, drop column currency;`,
    );
    this.addSql(
      `alter table stock_movement add constraint stock_movement_reason_check check (reason in ('receipt', 'shipment', 'return', 'adjustment', 'count', 'damage', 'transfer_out', 'transfer_in'));`,
    );
    this.addSql(
      `alter table fulfillment drop column ship_day, drop column given_up_at; drop index stock_movement_at_id_index; drop index lot_sku_number_index; drop index lot_expiring; drop index claim_fulfillment_id_index; drop index claim_lot_id_index;`,
    );
  }
}
