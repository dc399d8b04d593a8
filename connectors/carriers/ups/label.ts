import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import type { BoughtLabel, ShipmentRequest } from '../carrier.ts';
import { needsCustoms } from '../customs.ts';
import { residence, toParty, type UpsParty } from './address.ts';
import { apiVersion, type UpsApi, type UpsCredentials } from './api.ts';
import { party, refusal } from './failure.ts';
import { commercialInvoice, descriptionOfGoods, invoiceTotal, valueOf } from './invoice.ts';
import { sizeIn, unitsOf, weightIn } from './units.ts';
import { chargeSchema, imageSchema, listOf } from './wire.ts';

/**
 * The whole ShipmentRequest for one parcel, transportation billed to the account, duties to the receiver (UPS'
 * default). `date` (YYYYMMDD) is that of the customs invoice. Throws `PartyFailure` for what UPS would refuse.
 */
export function shipmentRequest(
  shipment: ShipmentRequest,
  service: string,
  credentials: UpsCredentials,
  date: string,
) {
  const from = toParty(shipment.from);
  const to = toParty(shipment.to);
  const lane = [from.Address.CountryCode, to.Address.CountryCode] as const;
  const abroad = lane[0] !== lane[1];
  checkPhones(from, to, abroad, service);
  const reference = [{ Value: shipment.reference }];
  const byPackage = takesPackageReference(...lane);
  return {
    ShipmentRequest: {
      Request: { RequestOption: 'nonvalidate' },
      Shipment: {
        ...(abroad ? { Description: descriptionOfGoods(shipment.items) } : {}),
        Shipper: { ...from, ShipperNumber: credentials.accountNumber },
        ShipTo: { ...to, Address: { ...to.Address, ...residence(shipment.to) } },
        ShipFrom: from,
        PaymentInformation: {
          ShipmentCharge: [{ Type: '01', BillShipper: { AccountNumber: credentials.accountNumber } }],
        },
        ...(byPackage ? {} : { ReferenceNumber: reference }),
        Service: { Code: service },
        ...(credentials.negotiatedRates ? { ShipmentRatingOptions: { NegotiatedRatesIndicator: 'Y' } } : {}),
        ...declaration(shipment, lane, to, date),
        Package: [
          {
            Packaging: { Code: '02' },
            ...measures(shipment, lane[0]),
            ...(byPackage ? { ReferenceNumber: reference } : {}),
          },
        ],
      },
      LabelSpecification: labelSpecification(credentials),
    },
  };
}

/** UPS: a package's reference is valid within the US or Puerto Rico only, a shipment's everywhere else only. */
const takesPackageReference = (from: string, to: string) => from === to && (from === 'US' || from === 'PR');

/** Next Day Air Early, which UPS delivers only where it can call. */
const early = '14';

function checkPhones(from: UpsParty, to: UpsParty, abroad: boolean, service: string): void {
  if (!abroad && service !== early) return;
  if (!to.Phone) throw refusal('recipient-phone-missing', 'UPS needs a phone number of the recipient');
  if (!from.Phone) throw refusal('sender-phone-missing', 'UPS needs a phone number of the warehouse');
}

/**
 * The invoice where customs wants one. The shipment's own total goes with every invoice: the specification says
 * it is for Canada and Puerto Rico only, yet UPS is known to refuse an invoice without it (120502).
 */
function declaration(
  shipment: ShipmentRequest,
  [from, to]: readonly [string, string],
  soldTo: UpsParty,
  date: string,
) {
  const invoiced = needsCustoms(from, to);
  const value = invoiced || (from === 'US' && to === 'PR') ? valueOf(shipment.items) : null;
  return {
    ...(value ? { InvoiceLineTotal: invoiceTotal(value) } : {}),
    ...(invoiced
      ? { ShipmentServiceOptions: { InternationalForms: commercialInvoice(shipment, soldTo, date) } }
      : {}),
  };
}

function measures({ parcel }: ShipmentRequest, origin: string) {
  const units = unitsOf(origin);
  const size = sizeIn(units.length, parcel.dimensions);
  return {
    ...(size === null
      ? {}
      : {
          Dimensions: {
            UnitOfMeasurement: { Code: units.length, Description: units.lengthName },
            Length: size[0],
            Width: size[1],
            Height: size[2],
          },
        }),
    PackageWeight: {
      UnitOfMeasurement: { Code: units.weight, Description: units.weightName },
      Weight: weightIn(units.weight, parcel.weightGrams),
    },
  };
}

/** UPS sells no PDF; its GIF is the label for a 4 by 6 inch printer. */
function labelSpecification({ labelFormat }: UpsCredentials) {
  return {
    LabelImageFormat: { Code: labelFormat },
    ...(labelFormat === 'GIF' ? { HTTPUserAgent: 'Mozilla/4.5' } : {}),
    LabelStockSize: { Height: '6', Width: '4' },
  };
}

const formSchema = z.object({ Image: z.object({ GraphicImage: imageSchema }).optional() });

export const shipAnswerSchema = z.object({
  ShipmentResponse: z.object({
    ShipmentResults: z.object({
      ShipmentCharges: z.object({ TotalCharges: chargeSchema }).optional(),
      NegotiatedRateCharges: z.object({ TotalCharge: chargeSchema.optional() }).optional(),
      ShipmentIdentificationNumber: z.string().min(1),
      PackageResults: listOf(
        z.object({
          TrackingNumber: z.string().min(1),
          ShippingLabel: z.object({
            ImageFormat: z.object({ Code: z.enum(['GIF', 'ZPL', 'PNG']) }),
            GraphicImage: imageSchema,
          }),
        }),
      ).refine((packages) => packages.length === 1),
      Form: formSchema.optional(),
    }),
  }),
});

/** Sends the stored request. UPS knows no idempotency key: after a lost answer, `findLabel` comes first. */
export async function buyLabel(api: UpsApi, request: unknown, key: string): Promise<BoughtLabel> {
  try {
    const answer = await api.request({
      method: 'POST',
      path: `/api/shipments/${apiVersion}/ship`,
      json: request,
      key,
      timeoutMs: 30_000,
    });
    return toLabel(answer.json(shipAnswerSchema));
  } catch (error) {
    throw error instanceof PartyFailure && error.code === '20001' ? doubtful(error) : error;
  }
}

/** "General process failure" does not say how far UPS got, whatever its status. */
function doubtful({ message, kind, code, status, retryAfterMs }: PartyFailure): PartyFailure {
  return new PartyFailure(message, { party, kind, effect: 'unknown', code, status, retryAfterMs });
}

export function toLabel({ ShipmentResponse }: z.output<typeof shipAnswerSchema>): BoughtLabel {
  const results = ShipmentResponse.ShipmentResults;
  const [parcel] = results.PackageResults;
  const form = results.Form?.Image?.GraphicImage;
  return {
    trackingNumber: parcel!.TrackingNumber,
    shipmentId: results.ShipmentIdentificationNumber,
    cost: results.NegotiatedRateCharges?.TotalCharge ?? results.ShipmentCharges?.TotalCharges ?? null,
    format: parcel!.ShippingLabel.ImageFormat.Code,
    document: parcel!.ShippingLabel.GraphicImage,
    ...(form ? { customsForm: form } : {}),
  };
}
