import { json, parseJson, type Answer, type Call } from '../http.ts';
import { toDecimal } from '../money.ts';
import type { State } from '../state.ts';
import { listOf, responseHead, upsError } from './answers.ts';
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

interface ShipBody {
  ShipmentRequest: {
    Request: { TransactionReference?: { CustomerContext?: string } };
    Shipment: ShipmentBody & { Service: { Code: string }; InvoiceLineTotal?: unknown; Description?: string };
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
  if (fault !== null) return upsError(400, '120002', `The request is not valid: ${fault}.`);
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

function refusalOf(shipment: ShipBody['ShipmentRequest']['Shipment'], account: UpsAccount, format: string) {
  if (shipment.Shipper.ShipperNumber !== account.shipperNumber)
    return { code: '120100', message: 'Missing or invalid shipper number' };
  if (!labelFormats.includes(format as (typeof labelFormats)[number]))
    return { code: '121500', message: `Invalid label image format ${format}: EPL, GIF, PNG, SPL or ZPL.` };
  const refusal = shipmentRefusal(shipment, 'ship');
  if (refusal !== null) return refusal;
  if (quoteOf(shipment, false) === undefined)
    return {
      code: '121210',
      message: 'The requested service is unavailable between the selected locations.',
    };
  const from = originOf(shipment).Address.CountryCode;
  const to = shipment.ShipTo.Address.CountryCode;
  if (from === to) return null;
  // Phone, description of goods: what UPS asks of a shipment that crosses a border.
  if (!shipment.ShipTo.Phone?.Number)
    return { code: '120213', message: 'Missing or invalid ship to phone number.' };
  if (!shipment.Description)
    return {
      code: '120541',
      message: 'Shipment description of goods is required for international shipments.',
    };
  return null;
}

function quoteOf(shipment: ShipBody['ShipmentRequest']['Shipment'], negotiated: boolean): Quote | undefined {
  const from = originOf(shipment).Address.CountryCode;
  return quotes(from, shipment.ShipTo.Address.CountryCode, packagesOf(shipment), negotiated).find(
    (quote) => quote.service.code === shipment.Service.Code,
  );
}

function buy(
  shipment: ShipBody['ShipmentRequest']['Shipment'],
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
  };
}
