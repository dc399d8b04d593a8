import { ApiKeySchema, IdempotencySchema } from './access.ts';
import { AttentionSchema, AuditSchema, InboxSchema, OutboxSchema, StepDecisionSchema } from './messages.ts';
import { PaymentSchema, RefundSchema } from './money.ts';
import {
  ClaimSchema,
  FulfillmentLineSchema,
  FulfillmentSchema,
  OrderLineSchema,
  OrderSchema,
  OrderVersionSchema,
  ReservationSchema,
  StockWaitSchema,
} from './orders.ts';
import {
  LabelPurchaseSchema,
  LabelSchema,
  ParcelSchema,
  QuoteSchema,
  TrackingEventSchema,
} from './shipping.ts';
import {
  ListingSchema,
  LotSchema,
  ProductSchema,
  ReceiptSchema,
  StockLevelSchema,
  StockMovementSchema,
  WarehouseSchema,
} from './stock.ts';
import { BlockedCustomerSchema, CarrierAccountSchema, StoreSchema } from './stores.ts';

export const entities = [
  StoreSchema,
  CarrierAccountSchema,
  BlockedCustomerSchema,
  ProductSchema,
  WarehouseSchema,
  StockLevelSchema,
  LotSchema,
  StockMovementSchema,
  ReceiptSchema,
  ListingSchema,
  OrderSchema,
  OrderVersionSchema,
  OrderLineSchema,
  ReservationSchema,
  ClaimSchema,
  StockWaitSchema,
  FulfillmentSchema,
  FulfillmentLineSchema,
  ParcelSchema,
  QuoteSchema,
  LabelPurchaseSchema,
  LabelSchema,
  TrackingEventSchema,
  PaymentSchema,
  RefundSchema,
  InboxSchema,
  OutboxSchema,
  StepDecisionSchema,
  AttentionSchema,
  AuditSchema,
  ApiKeySchema,
  IdempotencySchema,
];
