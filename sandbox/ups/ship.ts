import { json, parseJson, type Answer, type Call, type Refusal } from '../http.ts';
import { toDecimal } from '../money.ts';
import type { State } from '../state.ts';
import { listOf, responseHead, upsError } from './answers.ts';
import { codeOf } from './field-codes.ts';
import { drawInvoice, formOf, type FormsBody } from './form.ts';
import { drawLabel, labelFormats } from './label.ts';
import type { Label, Place, UpsAccount, UpsTables } from './model.ts';
import { charge, quotes, type Quote } from './price.ts';
import {
  originOf,
  packagesOf,
  several,
  shipmentRefusal,
  type PartyBody,
  type ShipmentBody,
} from './shipment.ts';
import { trackingNumber } from './tracking-number.ts';
import { firstFault, shipRules } from './validate.ts';

type Shipment = ShipmentBody & {
  Service: { Code: string };
  Description?: string;
  ShipmentServiceOptions?: { InternationalForms?: FormsBody };
};

interface ShipBody {
  ShipmentRequest: {
    Request: { TransactionReference?: { CustomerContext?: string } };
    Shipment: Shipment;
    LabelSpecification?: { LabelImageFormat: { Code: string } };
  };
}

/**
 * POST /api/shipments/{version}/ship. UPS knows no idempotency key: the same request twice is two labels, both
 * paid for.
 */
export function ship(
  call: Call,
  account: UpsAccount,
  version: string,
  state: State,
  tables: UpsTables,
  now: number,
): Answer {
  const body = parseJson(call.body);
  const fault = firstFault(body, shipRules);
  if (fault !== null) return upsError(400, codeOf(fault), `The request is not valid: ${fault}.`);
  const { Request, Shipment, LabelSpecification } = (body as ShipBody).ShipmentRequest;
  const format = LabelSpecification?.LabelImageFormat.Code.toUpperCase() ?? 'GIF';
  const refusal = refusalOf(Shipment, account, format);
  if (refusal !== null) return upsError(400, refusal.code, refusal.message);

  const negotiated = Shipment.ShipmentRatingOptions?.NegotiatedRatesIndicator !== undefined;
  const listed = quoteOf(Shipment, false)!;
  const billed = negotiated ? quoteOf(Shipment, true)! : listed;
  const labels = buy(Shipment, account, billed, format, state, now);
  for (const label of labels) tables.labels.put(account.name, label.trackingNumber, label);
  return json(200, {
    ShipmentResponse: {
      Response: responseHead(Request.TransactionReference?.CustomerContext),
      ShipmentResults: results(labels, listed, negotiated ? billed : null, version),
    },
  });
}

function refusalOf(shipment: Shipment, account: UpsAccount, format: string): Refusal | null {
  const from = originOf(shipment).Address.CountryCode;
  const to = shipment.ShipTo.Address.CountryCode;
  if (shipment.Shipper.ShipperNumber !== account.shipperNumber)
    return { code: '120100', message: 'Missing or invalid shipper number' };
  if (account.country !== null && shipment.Shipper.Address.CountryCode !== account.country)
    return {
      code: '120120',
      message:
        "The country associated with ShipperNumber must be the same as the shipment's Shipper's country.",
    };
  if (!labelFormats.includes(format as (typeof labelFormats)[number]))
    return { code: '120702', message: 'Missing/Invalid LabelSpecification/LabelImageFormat/Code' };
  const refusal = shipmentRefusal(shipment, 'ship') ?? referenceRefusal(shipment, from, to);
  if (refusal !== null) return refusal;
  if (quoteOf(shipment, false) === undefined)
    return {
      code: '121210',
      message: 'The selected service is not available from the origin to the destination.',
    };
  if (from === to) return null;
  // What UPS asks of a shipment that crosses a border.
  if (!shipment.Shipper.Phone?.Number)
    return { code: '120109', message: 'Missing/Invalid Shipper PhoneNumber' };
  if (!shipment.ShipTo.Phone?.Number)
    return { code: '120209', message: 'Missing/Invalid ShipTo PhoneNumber' };
  if (!shipment.Description)
    return { code: '120512', message: 'Shipment Description is required for this shipment.' };
  return null;
}

/** References go with the package within the US and within Puerto Rico, with the shipment everywhere else. */
function referenceRefusal(shipment: Shipment, from: string, to: string): Refusal | null {
  const byPackage = from === to && (from === 'US' || from === 'PR');
  if (byPackage && shipment.ReferenceNumber !== undefined)
    return { code: '120541', message: 'Shipment/ReferenceNumber is not allowed for this shipment' };
  if (!byPackage && several(shipment.Package).some((parcel) => parcel.ReferenceNumber !== undefined))
    return { code: '120542', message: 'Package/ReferenceNumber is not allowed for this shipment' };
  return null;
}

function quoteOf(shipment: Shipment, negotiated: boolean): Quote | undefined {
  const from = originOf(shipment).Address.CountryCode;
  return quotes(from, shipment.ShipTo.Address.CountryCode, packagesOf(shipment), negotiated).find(
    (quote) => quote.service.code === shipment.Service.Code,
  );
}

function buy(
  shipment: Shipment,
  account: UpsAccount,
  quote: Quote,
  format: string,
  state: State,
  now: number,
): Label[] {
  const facts = packagesOf(shipment);
  const numbers = facts.map(() =>
    trackingNumber(account.shipperNumber, quote.service.code, state.next('ups-parcels')),
  );
  const boughtAt = new Date(now).toISOString();
  const from = placeOf(originOf(shipment));
  const to = { ...placeOf(shipment.ShipTo), name: shipment.ShipTo.Name ?? '' };
  return several(shipment.Package).map((parcel, index) => ({
    account: account.name,
    trackingNumber: numbers[index]!,
    shipmentId: numbers[0]!,
    references: [...several(parcel.ReferenceNumber), ...several(shipment.ReferenceNumber)].map(
      (reference) => reference.Value,
    ),
    service: quote.service.code,
    cost: toDecimal(quote.packages[index]!, quote.currency),
    currency: quote.currency,
    boughtAt,
    voided: false,
    voidedAt: null,
    from,
    to,
    weightKg: facts[index]!.weightKg,
    format,
    image: drawLabel(format, {
      trackingNumber: numbers[index]!,
      service: quote.service.name,
      to,
      piece: `${index + 1} OF ${facts.length}`,
    }),
    form:
      index > 0
        ? null
        : drawInvoice(shipment.ShipmentServiceOptions?.InternationalForms, numbers[0]!, from, to),
    scans: [{ status: 'label_created', at: boughtAt, city: from.city, country: from.country }],
  }));
}

function placeOf(party: PartyBody): Place {
  return {
    city: party.Address.City ?? '',
    region: party.Address.StateProvinceCode ?? null,
    postalCode: party.Address.PostalCode ?? null,
    country: party.Address.CountryCode,
  };
}

function results(labels: Label[], listed: Quote, negotiated: Quote | null, version: string) {
  const { currency } = listed;
  const weight = listed.billedKg.reduce((sum, kg) => sum + kg, 0);
  return {
    ShipmentCharges: {
      TransportationCharges: charge(listed.total, currency),
      ServiceOptionsCharges: charge(0, currency),
      TotalCharges: charge(listed.total, currency),
    },
    ...(negotiated === null
      ? {}
      : { NegotiatedRateCharges: { TotalCharge: charge(negotiated.total, currency) } }),
    BillingWeight: {
      UnitOfMeasurement: { Code: 'KGS', Description: 'Kilograms' },
      Weight: weight.toFixed(1),
    },
    ShipmentIdentificationNumber: labels[0]!.shipmentId,
    PackageResults: listOf(
      labels.map((label) => ({
        TrackingNumber: label.trackingNumber,
        ServiceOptionsCharges: charge(0, currency),
        ShippingLabel: {
          ImageFormat: { Code: label.format, Description: label.format },
          GraphicImage: label.image,
        },
      })),
      version,
    ),
    ...(labels[0]!.form === null ? {} : { Form: formOf(labels[0]!.form) }),
  };
}
