import { Migration } from '@mikro-orm/migrations';

export class Migration20261124000000_Initial extends Migration {
  override name = 'Migration20261124000000_Initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "api_key" ("id" uuid not null, "name" varchar(255) not null, "role" text not null, "hash" varchar(255) not null, "created_at" timestamptz(6) not null default now(), "revoked_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`alter table "api_key" add constraint "api_key_name_unique" unique ("name");`);
    this.addSql(`alter table "api_key" add constraint "api_key_hash_unique" unique ("hash");`);
    this.addSql(
      `alter table "api_key" add constraint "api_key_role_check" check ("role" in ('admin', 'ops', 'support', 'finance', 'warehouse'));`,
    );

    this.addSql(
      `create table "audit" ("seq" bigserial primary key, "at" timestamptz(6) not null default now(), "actor" varchar(255) not null, "what" varchar(255) not null, "order_id" uuid null, "subject" varchar(255) null, "detail" text not null, "key" varchar(255) null);`,
    );
    this.addSql(`alter table "audit" add constraint "audit_key_unique" unique ("key");`);
    this.addSql(`create index "audit_order_id_seq_index" on "audit" ("order_id", "seq");`);

    this.addSql(
      `create table "blocked_customer" ("customer_key" varchar(255) not null, "reason" text not null, "blocked_at" timestamptz(6) not null default now(), "blocked_by" varchar(255) not null, primary key ("customer_key"));`,
    );

    this.addSql(
      `create table "carrier_account" ("id" uuid not null, "carrier" varchar(255) not null, "name" varchar(255) not null, "url" varchar(255) not null, "credentials" jsonb not null, "webhook_secret" varchar(255) null, "enabled" boolean not null default true, "connected_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "carrier_account" add constraint "carrier_account_name_unique" unique ("name");`,
    );

    this.addSql(
      `create table "idempotency" ("key" varchar(255) not null, "body_hash" varchar(255) not null, "status" int null, "answer" jsonb null, "started_at" timestamptz(6) not null default now(), "finished_at" timestamptz(6) null, primary key ("key"));`,
    );

    this.addSql(
      `create table "inbox" ("seq" bigserial primary key, "source" varchar(255) not null, "key" varchar(255) not null, "store_id" uuid null, "topic" varchar(255) not null, "order_external_id" varchar(255) null, "body" text not null, "state" text not null default 'received', "reason" text null, "received_at" timestamptz(6) not null default now(), "delivered_at" timestamptz(6) null, "leased_until" timestamptz(6) null, "applied_at" timestamptz(6) null, "attempts" int not null default 0);`,
    );
    this.addSql(
      `create index "inbox_source_order_external_id_seq_index" on "inbox" ("source", "order_external_id", "seq");`,
    );
    this.addSql(`create index "inbox_state_seq_index" on "inbox" ("state", "seq");`);
    this.addSql(`create index inbox_undelivered on inbox (seq) where state in ('received', 'delivered');`);
    this.addSql(`alter table "inbox" add constraint "inbox_source_key_unique" unique ("source", "key");`);
    this.addSql(
      `alter table "inbox" add constraint "inbox_state_check" check ("state" in ('received', 'delivered', 'applied', 'refused'));`,
    );

    this.addSql(
      `create table "listing" ("store_id" uuid not null, "sku" varchar(255) not null, "ref" varchar(255) null, "known" int null, "checked_at" timestamptz(6) not null default now(), "pushed_at" timestamptz(6) null, "conflict_at" timestamptz(6) null, "error" text null, primary key ("store_id", "sku"));`,
    );

    this.addSql(
      `create table "outbox" ("seq" bigserial primary key, "workflow_id" varchar(255) not null, "signal" varchar(255) not null, "payload" jsonb not null, "created_at" timestamptz(6) not null default now(), "delivered_at" timestamptz(6) null, "leased_until" timestamptz(6) null, "attempts" int not null default 0, "last_error" text null);`,
    );
    this.addSql(`create index outbox_undelivered on outbox (seq) where delivered_at is null;`);

    this.addSql(
      `create table "product" ("sku" varchar(255) not null, "name" varchar(255) not null, "weight_grams" int not null, "dimensions_mm" jsonb not null, "hs_code" varchar(255) null, "origin_country" varchar(2) null, "reorder_point" int not null default 0, "created_at" timestamptz(6) not null default now(), primary key ("sku"));`,
    );
    this.addSql(
      `alter table "product" add constraint "product_weight_grams_check" check (weight_grams > 0);`,
    );
    this.addSql(
      `alter table "product" add constraint "product_reorder_point_check" check (reorder_point >= 0);`,
    );

    this.addSql(
      `create table "store" ("id" uuid not null, "name" varchar(255) not null, "platform" varchar(255) not null, "url" varchar(255) not null, "currency" varchar(3) not null, "webhook_secrets" jsonb not null, "credentials" jsonb not null, "fulfill_from" timestamptz(6) not null, "policy" jsonb not null default '{}', "connected_at" timestamptz(6) not null default now(), "backfill_watermark" timestamptz(6) not null, "backfill_due_at" timestamptz(6) not null default now(), "backfill_succeeded_at" timestamptz(6) null, "backfill_error" text null, "stock_pushed_at" timestamptz(6) null, "stock_push_error" text null, primary key ("id"));`,
    );

    this.addSql(
      `create table "orders" ("id" uuid not null, "store_id" uuid not null, "external_id" varchar(255) not null, "number" varchar(255) not null, "workflow_id" varchar(255) not null, "disposition" text not null, "record_reason" varchar(255) null, "stage" varchar(255) not null, "conditions" text[] not null, "version" int not null, "generation" int not null default 1, "placed_at" timestamptz(6) not null, "source_updated_at" timestamptz(6) not null, "currency" varchar(3) not null, "total" bigint not null, "country" varchar(2) null, "payment_state" varchar(255) not null, "customer_email" text null, "customer_key" varchar(255) null, "priority" int not null default 100, "waiting_for" text null, "waiting_since" timestamptz(6) null, "deadline" timestamptz(6) null, "ended_at" timestamptz(6) null, "created_at" timestamptz(6) not null default now(), "updated_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(`alter table "orders" add constraint "orders_workflow_id_unique" unique ("workflow_id");`);
    this.addSql(`create index "orders_stage_placed_at_index" on "orders" ("stage", "placed_at");`);
    this.addSql(`create index "orders_store_id_placed_at_index" on "orders" ("store_id", "placed_at");`);
    this.addSql(
      `create index "orders_customer_key_placed_at_index" on "orders" ("customer_key", "placed_at");`,
    );
    this.addSql(`create index "orders_placed_at_id_index" on "orders" ("placed_at", "id");`);
    this.addSql(`create index "orders_number_index" on "orders" ("number");`);
    this.addSql(`create index "orders_external_id_index" on "orders" ("external_id");`);
    this.addSql(
      `create index orders_customer_email_prefix on orders (lower(customer_email) text_pattern_ops);`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_store_id_external_id_unique" unique ("store_id", "external_id");`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_disposition_check" check ("disposition" in ('fulfill', 'record'));`,
    );

    this.addSql(
      `create table "stock_wait" ("order_id" uuid not null, "sku" varchar(255) not null, "generation" int not null, "quantity" int not null, "country" varchar(2) not null, "split_allowed" boolean not null, "priority" int not null, "placed_at" timestamptz(6) not null, "queued_at" timestamptz(6) not null default now(), primary key ("order_id", "sku"));`,
    );
    this.addSql(
      `create index "stock_wait_sku_priority_placed_at_index" on "stock_wait" ("sku", "priority", "placed_at");`,
    );
    this.addSql(`alter table "stock_wait" add constraint "stock_wait_quantity_check" check (quantity > 0);`);

    this.addSql(
      `create table "step_decision" ("order_id" uuid not null, "step" varchar(255) not null, "generation" int not null, "decision" jsonb null, "decided_at" timestamptz(6) not null default now(), "undone_at" timestamptz(6) null, primary key ("order_id", "step", "generation"));`,
    );

    this.addSql(
      `create table "reservation" ("id" uuid not null, "order_id" uuid not null, "generation" int not null, "state" text not null default 'open', "created_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "reservation" add constraint "reservation_order_id_generation_unique" unique ("order_id", "generation");`,
    );
    this.addSql(
      `alter table "reservation" add constraint "reservation_state_check" check ("state" in ('open', 'released', 'consumed'));`,
    );

    this.addSql(
      `create table "refund" ("id" uuid not null, "order_id" uuid not null, "provider" varchar(255) not null, "external_id" varchar(255) null, "key" varchar(255) null, "amount" bigint not null, "currency" varchar(3) not null, "state" text not null, "at" timestamptz(6) not null, "created_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(`alter table "refund" add constraint "refund_key_unique" unique ("key");`);
    this.addSql(
      `alter table "refund" add constraint "refund_order_id_provider_external_id_unique" unique ("order_id", "provider", "external_id");`,
    );
    this.addSql(`alter table "refund" add constraint "refund_amount_check" check (amount >= 0);`);
    this.addSql(
      `alter table "refund" add constraint "refund_state_check" check ("state" in ('intended', 'done', 'abandoned'));`,
    );

    this.addSql(
      `create table "payment" ("id" uuid not null, "order_id" uuid not null, "provider" varchar(255) not null, "external_id" varchar(255) not null, "kind" text not null, "amount" bigint not null, "currency" varchar(3) not null, "at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "payment" add constraint "payment_order_id_external_id_kind_unique" unique ("order_id", "external_id", "kind");`,
    );
    this.addSql(`alter table "payment" add constraint "payment_amount_check" check (amount >= 0);`);
    this.addSql(
      `alter table "payment" add constraint "payment_kind_check" check ("kind" in ('authorization', 'capture'));`,
    );

    this.addSql(
      `create table "order_version" ("order_id" uuid not null, "version" int not null, "snapshot" jsonb not null, "created_at" timestamptz(6) not null default now(), primary key ("order_id", "version"));`,
    );

    this.addSql(
      `create table "order_line" ("order_id" uuid not null, "version" int not null, "external_id" varchar(255) not null, "position" int not null, "sku" varchar(255) null, "title" text not null, "quantity" int not null, "to_ship" int not null, "left_reason" varchar(255) null, "unit_price" bigint not null, "total" bigint not null, "tax" bigint not null, primary key ("order_id", "version", "external_id"));`,
    );
    this.addSql(`create index "order_line_sku_index" on "order_line" ("sku");`);
    this.addSql(`alter table "order_line" add constraint "order_line_quantity_check" check (quantity >= 0);`);
    this.addSql(
      `alter table "order_line" add constraint "order_line_to_ship_check" check (to_ship >= 0 and to_ship <= quantity);`,
    );

    this.addSql(
      `create table "attention" ("id" uuid not null, "order_id" uuid not null, "fulfillment_id" uuid null, "step" varchar(255) not null, "reason" varchar(255) not null, "sentence" text not null, "last_error" text null, "actions" text[] not null, "opened_at" timestamptz(6) not null default now(), "resolved_at" timestamptz(6) null, "resolution" varchar(255) null, "resolved_by" varchar(255) null, primary key ("id"));`,
    );
    this.addSql(`create index "attention_order_id_index" on "attention" ("order_id");`);
    this.addSql(`create index attention_open on attention (reason) where resolved_at is null;`);

    this.addSql(
      `create table "warehouse" ("code" varchar(255) not null, "name" varchar(255) not null, "address" jsonb not null, "latitude" double precision not null, "longitude" double precision not null, "time_zone" varchar(255) not null default 'UTC', "cut_off" varchar(255) not null default '16:00', "countries" text[] not null, "priority" int not null default 100, "active" boolean not null default true, "created_at" timestamptz(6) not null default now(), primary key ("code"));`,
    );
    this.addSql(
      `alter table "warehouse" add constraint "warehouse_latitude_check" check (latitude between -90 and 90);`,
    );
    this.addSql(
      `alter table "warehouse" add constraint "warehouse_longitude_check" check (longitude between -180 and 180);`,
    );

    this.addSql(
      `create table "stock_level" ("warehouse" varchar(255) not null, "sku" varchar(255) not null, "on_hand" int not null default 0, "claimed" int not null default 0, "unavailable" int not null default 0, primary key ("warehouse", "sku"));`,
    );
    this.addSql(
      `alter table "stock_level" add constraint "stock_level_never_oversold" check (claimed >= 0 and claimed <= on_hand - unavailable);`,
    );
    this.addSql(
      `alter table "stock_level" add constraint "stock_level_unavailable_within" check (unavailable >= 0 and unavailable <= on_hand);`,
    );

    this.addSql(
      `create table "receipt" ("id" uuid not null, "warehouse" varchar(255) not null, "actor" varchar(255) not null, "received_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );

    this.addSql(
      `create table "lot" ("id" uuid not null, "warehouse" varchar(255) not null, "sku" varchar(255) not null, "number" varchar(255) not null, "expires_at" date null, "received_at" timestamptz(6) not null, "unit_cost" bigint not null, "currency" varchar(3) not null, "state" text not null default 'sellable', "on_hand" int not null default 0, primary key ("id"));`,
    );
    this.addSql(
      `alter table "lot" add constraint "lot_warehouse_sku_number_unique" unique ("warehouse", "sku", "number");`,
    );
    this.addSql(`alter table "lot" add constraint "lot_unit_cost_check" check (unit_cost >= 0);`);
    this.addSql(`alter table "lot" add constraint "lot_on_hand_check" check (on_hand >= 0);`);
    this.addSql(
      `alter table "lot" add constraint "lot_state_check" check ("state" in ('sellable', 'quarantined', 'expired'));`,
    );

    this.addSql(
      `create table "stock_movement" ("id" uuid not null, "warehouse" varchar(255) not null, "sku" varchar(255) not null, "lot_id" uuid not null, "quantity" int not null, "reason" text not null, "reference" varchar(255) not null, "actor" varchar(255) not null, "at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `create index "stock_movement_sku_warehouse_index" on "stock_movement" ("sku", "warehouse");`,
    );
    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_reference_reason_unique" unique ("reference", "reason");`,
    );
    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_quantity_check" check (quantity <> 0);`,
    );
    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_reason_check" check ("reason" in ('receipt', 'shipment', 'return', 'adjustment', 'count', 'damage', 'transfer_out', 'transfer_in'));`,
    );

    this.addSql(
      `create table "fulfillment" ("id" uuid not null, "order_id" uuid not null, "generation" int not null, "position" int not null, "warehouse" varchar(255) not null, "order_version" int not null, "stage" varchar(255) not null, "carrier" varchar(255) null, "service" varchar(255) null, "tracking_number" varchar(255) null, "store_external_id" varchar(255) null, "labelled_at" timestamptz(6) null, "shipped_at" timestamptz(6) null, "delivered_at" timestamptz(6) null, "created_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(`create index "fulfillment_tracking_number_index" on "fulfillment" ("tracking_number");`);
    this.addSql(
      `alter table "fulfillment" add constraint "fulfillment_order_id_generation_position_unique" unique ("order_id", "generation", "position");`,
    );

    this.addSql(
      `create table "parcel" ("id" uuid not null, "fulfillment_id" uuid not null, "position" int not null, "weight_grams" int not null, "dimensions_mm" jsonb not null, "items" jsonb not null, "created_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "parcel" add constraint "parcel_fulfillment_id_position_unique" unique ("fulfillment_id", "position");`,
    );
    this.addSql(`alter table "parcel" add constraint "parcel_weight_grams_check" check (weight_grams > 0);`);

    this.addSql(
      `create table "quote" ("id" uuid not null, "parcel_id" uuid not null, "carrier" varchar(255) not null, "service" varchar(255) not null, "service_name" varchar(255) not null, "price" bigint not null, "currency" varchar(3) not null, "transit_days" int null, "chosen" boolean not null, "reason" text not null, "quoted_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(`create index "quote_parcel_id_index" on "quote" ("parcel_id");`);

    this.addSql(
      `create table "label_purchase" ("id" uuid not null, "parcel_id" uuid not null, "generation" int not null, "key" varchar(255) not null, "carrier_account_id" uuid not null, "service" varchar(255) not null, "order_version" int not null, "request" jsonb not null, "state" text not null default 'intended', "sent_at" timestamptz(6) null, "created_at" timestamptz(6) not null default now(), "settled_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`alter table "label_purchase" add constraint "label_purchase_key_unique" unique ("key");`);
    this.addSql(
      `alter table "label_purchase" add constraint "label_purchase_parcel_id_generation_unique" unique ("parcel_id", "generation");`,
    );
    this.addSql(
      `create unique index label_purchase_one_live on label_purchase (parcel_id) where state in ('intended', 'bought');`,
    );
    this.addSql(
      `alter table "label_purchase" add constraint "label_purchase_state_check" check ("state" in ('intended', 'bought', 'refused', 'voided', 'abandoned'));`,
    );

    this.addSql(
      `create table "label" ("id" uuid not null, "purchase_id" uuid not null, "carrier" varchar(255) not null, "tracking_number" varchar(255) not null, "shipment_id" varchar(255) not null, "cost" bigint not null, "currency" varchar(3) not null, "format" varchar(255) not null, "document" bytea not null, "bought_at" timestamptz(6) not null default now(), "voided_at" timestamptz(6) null, "tracking_due_at" timestamptz(6) null, "tracking_status" varchar(255) null, primary key ("id"));`,
    );
    this.addSql(`alter table "label" add constraint "label_purchase_id_unique" unique ("purchase_id");`);
    this.addSql(`create index "label_tracking_number_index" on "label" ("tracking_number");`);
    this.addSql(`create index "label_tracking_due_at_index" on "label" ("tracking_due_at");`);

    this.addSql(
      `create table "tracking_event" ("id" uuid not null, "label_id" uuid not null, "status" varchar(255) not null, "code" varchar(255) not null, "at" timestamptz(6) not null, "description" text not null, "place" text null, "seen_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(
      `alter table "tracking_event" add constraint "tracking_event_label_id_status_code_at_unique" unique ("label_id", "status", "code", "at");`,
    );

    this.addSql(
      `create table "fulfillment_line" ("fulfillment_id" uuid not null, "line_external_id" varchar(255) not null, "sku" varchar(255) not null, "quantity" int not null, primary key ("fulfillment_id", "line_external_id"));`,
    );
    this.addSql(
      `alter table "fulfillment_line" add constraint "fulfillment_line_quantity_check" check (quantity > 0);`,
    );

    this.addSql(
      `create table "claim" ("id" uuid not null, "reservation_id" uuid not null, "warehouse" varchar(255) not null, "sku" varchar(255) not null, "lot_id" uuid null, "fulfillment_id" uuid null, "quantity" int not null, "state" text not null default 'open', "created_at" timestamptz(6) not null default now(), primary key ("id"));`,
    );
    this.addSql(`create index "claim_warehouse_sku_state_index" on "claim" ("warehouse", "sku", "state");`);
    this.addSql(`create index "claim_reservation_id_index" on "claim" ("reservation_id");`);
    this.addSql(`alter table "claim" add constraint "claim_quantity_check" check (quantity > 0);`);
    this.addSql(
      `alter table "claim" add constraint "claim_state_check" check ("state" in ('open', 'shipped', 'released'));`,
    );

    this.addSql(
      `alter table "orders" add constraint "orders_store_id_foreign" foreign key ("store_id") references "store" ("id");`,
    );

    this.addSql(
      `alter table "stock_wait" add constraint "stock_wait_order_id_foreign" foreign key ("order_id") references "orders" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "stock_wait" add constraint "stock_wait_sku_foreign" foreign key ("sku") references "product" ("sku") on update cascade on delete cascade;`,
    );

    this.addSql(
      `alter table "step_decision" add constraint "step_decision_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "reservation" add constraint "reservation_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "refund" add constraint "refund_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "payment" add constraint "payment_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "order_version" add constraint "order_version_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "order_line" add constraint "order_line_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "attention" add constraint "attention_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );

    this.addSql(
      `alter table "stock_level" add constraint "stock_level_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "stock_level" add constraint "stock_level_sku_foreign" foreign key ("sku") references "product" ("sku") on update cascade on delete cascade;`,
    );

    this.addSql(
      `alter table "receipt" add constraint "receipt_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );

    this.addSql(
      `alter table "lot" add constraint "lot_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "lot" add constraint "lot_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );

    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "stock_movement" add constraint "stock_movement_lot_id_foreign" foreign key ("lot_id") references "lot" ("id");`,
    );

    this.addSql(
      `alter table "fulfillment" add constraint "fulfillment_order_id_foreign" foreign key ("order_id") references "orders" ("id");`,
    );
    this.addSql(
      `alter table "fulfillment" add constraint "fulfillment_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );

    this.addSql(
      `alter table "parcel" add constraint "parcel_fulfillment_id_foreign" foreign key ("fulfillment_id") references "fulfillment" ("id");`,
    );

    this.addSql(
      `alter table "quote" add constraint "quote_parcel_id_foreign" foreign key ("parcel_id") references "parcel" ("id");`,
    );

    this.addSql(
      `alter table "label_purchase" add constraint "label_purchase_parcel_id_foreign" foreign key ("parcel_id") references "parcel" ("id");`,
    );
    this.addSql(
      `alter table "label_purchase" add constraint "label_purchase_carrier_account_id_foreign" foreign key ("carrier_account_id") references "carrier_account" ("id");`,
    );

    this.addSql(
      `alter table "label" add constraint "label_purchase_id_foreign" foreign key ("purchase_id") references "label_purchase" ("id");`,
    );

    this.addSql(
      `alter table "tracking_event" add constraint "tracking_event_label_id_foreign" foreign key ("label_id") references "label" ("id");`,
    );

    this.addSql(
      `alter table "fulfillment_line" add constraint "fulfillment_line_fulfillment_id_foreign" foreign key ("fulfillment_id") references "fulfillment" ("id");`,
    );

    this.addSql(
      `alter table "claim" add constraint "claim_reservation_id_foreign" foreign key ("reservation_id") references "reservation" ("id");`,
    );
    this.addSql(
      `alter table "claim" add constraint "claim_warehouse_foreign" foreign key ("warehouse") references "warehouse" ("code");`,
    );
    this.addSql(
      `alter table "claim" add constraint "claim_sku_foreign" foreign key ("sku") references "product" ("sku");`,
    );
    this.addSql(
      `alter table "claim" add constraint "claim_lot_id_foreign" foreign key ("lot_id") references "lot" ("id") on delete set null;`,
    );
    this.addSql(
      `alter table "claim" add constraint "claim_fulfillment_id_foreign" foreign key ("fulfillment_id") references "fulfillment" ("id") on delete set null;`,
    );
  }
}
