import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import type { Rate, ShipmentRequest } from '../carrier.ts';
import { residence, toUpsAddress, upsCountry, type UpsAddress } from './address.ts';
import { apiVersion, type UpsApi, type UpsCredentials } from './api.ts';
import { invoiceTotal, valueOf } from './invoice.ts';
import { serviceName } from './services.ts';
import { gramsOf, sizeIn, unitsOf, weightIn } from './units.ts';
import { chargeSchema, listOf } from './wire.ts';

/**
 * Prices of every service between the two addresses. The specification's own schema caps the path's option at
 * ten characters, which `Shoptimeintransit` exceeds: transit days are asked for by `additionalinfo` instead.
 */
export async function fetchRates(api: UpsApi, shipment: ShipmentRequest): Promise<Rate[]> {
  try {
    const answer = await api.request({
      method: 'POST',
      path: `/api/rating/${apiVersion}/Shop`,
      query: { additionalinfo: 'timeintransit' },
      json: rateRequest(shipment, api.credentials),
      retryable: true,
    });
    return answer.json(rateAnswerSchema).map((rated) => toRate(rated, upsCountry(shipment.from)));
  } catch (error) {
    // "The requested service is unavailable between the selected locations": UPS does not serve this lane.
    if (error instanceof PartyFailure && error.code === '111210') return [];
    throw error;
  }
}

export function rateRequest(shipment: ShipmentRequest, credentials: UpsCredentials) {
  const from = { Address: toUpsAddress(shipment.from) };
  const to = { Address: toUpsAddress(shipment.to) };
  const units = unitsOf(from.Address.CountryCode);
  const weight = {
    UnitOfMeasurement: { Code: units.weight, Description: units.weightName },
    Weight: weightIn(units.weight, shipment.parcel.weightGrams),
  };
  const abroad = from.Address.CountryCode !== to.Address.CountryCode;
  const value = abroad ? valueOf(shipment.items) : null;
  return {
    RateRequest: {
      Request: { RequestOption: 'Shop' },
      PickupType: { Code: '01' },
      Shipment: {
        Shipper: { ShipperNumber: credentials.accountNumber, ...forRating(from) },
        ShipTo: forRating(to, residence(shipment.to)),
        ShipFrom: forRating(from),
        ...(abroad ? { ShipmentTotalWeight: weight } : {}),
        ...(value ? { InvoiceLineTotal: invoiceTotal(value) } : {}),
        Package: [{ PackagingType: { Code: '02' }, ...sizeOf(shipment, units), PackageWeight: weight }],
        ...(credentials.negotiatedRates ? { ShipmentRatingOptions: { NegotiatedRatesIndicator: 'Y' } } : {}),
        DeliveryTimeInformation: { PackageBillType: '03' },
      },
    },
  };
}

/** Rating takes regions of exactly two characters. */
function forRating({ Address }: { Address: UpsAddress }, kind: object = {}) {
  const { StateProvinceCode: region, ...rest } = Address;
  return { Address: { ...rest, ...(region?.length === 2 ? { StateProvinceCode: region } : {}), ...kind } };
}

function sizeOf(shipment: ShipmentRequest, units: ReturnType<typeof unitsOf>) {
  const size = sizeIn(units.length, shipment.parcel.dimensions);
  if (size === null) return {};
  const unit = { Code: units.length, Description: units.lengthName };
  return { Dimensions: { UnitOfMeasurement: unit, Length: size[0], Width: size[1], Height: size[2] } };
}

const days = z.string().optional();
const ratedSchema = z.object({
  Service: z.object({ Code: z.string(), Description: z.string().optional() }),
  TotalCharges: chargeSchema,
  NegotiatedRateCharges: z.object({ TotalCharge: chargeSchema }).optional(),
  BillingWeight: z
    .object({ UnitOfMeasurement: z.object({ Code: z.string() }), Weight: z.string() })
    .optional()
    .catch(undefined),
  GuaranteedDelivery: z.object({ BusinessDaysInTransit: days }).optional(),
  TimeInTransit: z
    .object({
      ServiceSummary: z.object({ EstimatedArrival: z.object({ BusinessDaysInTransit: days }) }),
    })
    .optional(),
});

export const rateAnswerSchema = z
  .object({ RateResponse: z.object({ RatedShipment: listOf(ratedSchema) }) })
  .transform((body) => body.RateResponse.RatedShipment);

/** The account's own price where UPS gives one, else the published one; transit as estimated, else as guaranteed. */
export function toRate(rated: z.output<typeof ratedSchema>, origin: string): Rate {
  const { Code, Description } = rated.Service;
  const transit =
    rated.TimeInTransit?.ServiceSummary.EstimatedArrival.BusinessDaysInTransit ??
    rated.GuaranteedDelivery?.BusinessDaysInTransit;
  const billed = rated.BillingWeight;
  const billedGrams = billed && gramsOf(billed.UnitOfMeasurement.Code, billed.Weight);
  return {
    service: Code,
    serviceName: serviceName(Code, origin, Description),
    price: rated.NegotiatedRateCharges?.TotalCharge ?? rated.TotalCharges,
    transitDays: transit !== undefined && /^\d+$/.test(transit) ? Number(transit) : null,
    ...(billedGrams !== undefined && { billedGrams }),
  };
}
