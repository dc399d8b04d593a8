import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { TrackingStatus } from '../../domain/tracking.ts';
import { currency, id, minor, now, time } from './columns.ts';
import { FulfillmentSchema } from './orders.ts';
import { BoxTypeSchema } from './planning.ts';
import { CarrierAccountSchema } from './stores.ts';

export const ParcelSchema = defineEntity({
  name: 'Parcel',
  tableName: 'parcel',
  uniques: [{ properties: ['fulfillmentId', 'position'] }],
  properties: {
    id: id(),
    fulfillmentId: () => p.manyToOne(FulfillmentSchema).mapToPk().fieldName('fulfillment_id'),
    position: p.integer(),
    /** null: a packaging of its own. */
    box: () => p.manyToOne(BoxTypeSchema).mapToPk().fieldName('box').nullable(),
    weightGrams: p.integer().check('weight_grams > 0'),
    dimensionsMm: p.json<{ length: number; width: number; height: number }>(),
    items: p.json<{ sku: string; quantity: number }[]>(),
    createdAt: now(),
  },
});
export type ParcelRow = InferEntity<typeof ParcelSchema>;

/** Each price that a carrier quoted for a parcel, with why it was or was not taken. */
export const QuoteSchema = defineEntity({
  name: 'Quote',
  tableName: 'quote',
  properties: {
    id: id(),
    parcelId: () => p.manyToOne(ParcelSchema).mapToPk().fieldName('parcel_id').index(),
    carrier: p.string(),
    service: p.string(),
    serviceName: p.string(),
    price: minor(),
    currency: currency(),
    transitDays: p.integer().nullable(),
    /** What the carrier bills by, the greater of real and dimensional weight; null where it does not say. */
    billedGrams: p.integer().nullable(),
    chosen: p.boolean(),
    reason: p.text(),
    quotedAt: now(),
  },
});
export type Quote = InferEntity<typeof QuoteSchema>;

export const labelPurchaseStates = ['intended', 'bought', 'refused', 'voided', 'abandoned'] as const;

/**
 * One attempt to pay for a parcel's label, stored with its exact request before the carrier is called. At most
 * one per parcel is live; the generation rises only after the one before was refused or voided.
 */
export const LabelPurchaseSchema = defineEntity({
  name: 'LabelPurchase',
  tableName: 'label_purchase',
  uniques: [
    { properties: ['parcelId', 'generation'] },
    {
      name: 'label_purchase_one_live',
      expression:
        "create unique index label_purchase_one_live on label_purchase (parcel_id) where state in ('intended', 'bought')",
    },
  ],
  properties: {
    id: id(),
    parcelId: () => p.manyToOne(ParcelSchema).mapToPk().fieldName('parcel_id'),
    generation: p.integer(),
    /** Also the carrier's reference, by which a lost label is found again. */
    key: p.string().unique(),
    carrierAccountId: () => p.manyToOne(CarrierAccountSchema).mapToPk().fieldName('carrier_account_id'),
    service: p.string(),
    orderVersion: p.integer(),
    request: p.json<unknown>(),
    state: p.enum(labelPurchaseStates).default('intended'),
    /** Set before each call: a purchase that was never sent needs no look-up. */
    sentAt: time().nullable(),
    createdAt: now(),
    settledAt: time().nullable(),
  },
});
export type LabelPurchase = InferEntity<typeof LabelPurchaseSchema>;

export const LabelSchema = defineEntity({
  name: 'Label',
  tableName: 'label',
  indexes: [
    {
      name: 'label_document_kept',
      expression: "create index label_document_kept on label (bought_at) where document <> ''",
    },
    {
      name: 'label_tracking_unread',
      expression:
        'create index label_tracking_unread on label (carrier) where tracking_error is not null and voided_at is null',
    },
  ],
  properties: {
    id: id(),
    purchaseId: () => p.oneToOne(LabelPurchaseSchema).mapToPk().fieldName('purchase_id').owner(),
    carrier: p.string(),
    trackingNumber: p.string().index(),
    shipmentId: p.string(),
    cost: minor(),
    currency: currency(),
    format: p.string(),
    /** Empty once its retention is over or its customer is erased. */
    document: p.blob().lazy(),
    boughtAt: now(),
    voidedAt: time().nullable(),
    /** When tracking is to be asked for again; null when there is nothing more to learn. */
    trackingDueAt: time().nullable().index(),
    trackingStatus: p.string().$type<TrackingStatus>().nullable(),
    /** Why the carrier could not be asked the last time; null where it could. */
    trackingError: p.string().nullable(),
  },
});
export type Label = InferEntity<typeof LabelSchema>;

export const TrackingEventSchema = defineEntity({
  name: 'TrackingEvent',
  tableName: 'tracking_event',
  uniques: [{ properties: ['labelId', 'status', 'code', 'at'] }],
  properties: {
    id: id(),
    labelId: () => p.manyToOne(LabelSchema).mapToPk().fieldName('label_id'),
    status: p.string().$type<TrackingStatus>(),
    code: p.string(),
    at: time(),
    description: p.text(),
    place: p.text().nullable(),
    seenAt: now(),
  },
});
export type TrackingEvent = InferEntity<typeof TrackingEventSchema>;
