import { json, parseJson, type Answer, type Call } from '../http.ts';
import { listOf, responseHead, upsError } from './answers.ts';
import type { UpsAccount } from './model.ts';
import { charge, quotes, type Quote } from './price.ts';
import { originOf, packagesOf, shipmentRefusal, type ShipmentBody } from './shipment.ts';
import { firstFault, rateRules } from './validate.ts';

interface RateBody {
  RateRequest: {
    Request: { TransactionReference?: { CustomerContext?: string } };
    Shipment: ShipmentBody & { DeliveryTimeInformation?: { Pickup?: { Date: string } } };
  };
}

const options = ['rate', 'shop', 'ratetimeintransit', 'shoptimeintransit'];

/** POST /api/rating/{version}/{requestoption} */
export function rate(call: Call, account: UpsAccount, version: string, option: string, now: number): Answer {
  const asked = option.toLowerCase();
  if (!options.includes(asked)) return upsError(400, '110601', `Invalid request option ${option}.`);
  const body = parseJson(call.body);
  const fault = firstFault(body, rateRules);
  if (fault !== null) return upsError(400, '110002', `The request is not valid: ${fault}.`);

  const { Request, Shipment } = (body as RateBody).RateRequest;
  const timed = asked.endsWith('timeintransit') || call.query.get('additionalinfo') === 'timeintransit';
  if (timed && Shipment.DeliveryTimeInformation === undefined)
    return upsError(400, '111580', 'DeliveryTimeInformation is required for time in transit.');
  if (Shipment.Shipper.ShipperNumber && Shipment.Shipper.ShipperNumber !== account.shipperNumber)
    return upsError(400, '111201', 'Missing or invalid shipper number.');
  const refusal = shipmentRefusal(Shipment, 'rate');
  if (refusal !== null) return upsError(400, refusal.code, refusal.message);

  const negotiated = Shipment.ShipmentRatingOptions?.NegotiatedRatesIndicator !== undefined;
  const found = quotesFor(Shipment, asked.startsWith('rate'));
  if (found.length === 0)
    return upsError(400, '111210', 'The requested service is unavailable between the selected locations.');
  return json(200, {
    RateResponse: {
      Response: responseHead(Request.TransactionReference?.CustomerContext),
      RatedShipment: listOf(
        found.map((quote, index) =>
          ratedShipment(quote, version, {
            negotiated: negotiated ? quotesFor(Shipment, asked.startsWith('rate'), true)[index]! : null,
            pickup: timed ? (Shipment.DeliveryTimeInformation?.Pickup?.Date ?? compact(now)) : null,
          }),
        ),
        version,
      ),
    },
  });
}

function quotesFor(shipment: ShipmentBody, one: boolean, negotiated = false): Quote[] {
  const from = originOf(shipment).Address.CountryCode;
  const all = quotes(from, shipment.ShipTo.Address.CountryCode, packagesOf(shipment), negotiated);
  return one ? all.filter((quote) => quote.service.code === (shipment.Service?.Code ?? '03')) : all;
}

function ratedShipment(
  quote: Quote,
  version: string,
  extra: { negotiated: Quote | null; pickup: string | null },
): Record<string, unknown> {
  const { service, currency } = quote;
  const billed = quote.billedKg.reduce((sum, kg) => sum + kg, 0);
  const kilograms = { Code: 'KGS', Description: 'Kilograms' };
  return {
    Service: { Code: service.code, Description: service.name },
    RatedShipmentAlert: listOf(
      [{ Code: '110971', Description: 'Your invoice may vary from the displayed reference rates' }],
      version,
    ),
    BillingWeight: { UnitOfMeasurement: kilograms, Weight: billed.toFixed(1) },
    TransportationCharges: charge(quote.total, currency),
    ServiceOptionsCharges: charge(0, currency),
    TotalCharges: charge(quote.total, currency),
    ...(extra.negotiated === null
      ? {}
      : { NegotiatedRateCharges: { TotalCharge: charge(extra.negotiated.total, currency) } }),
    ...(service.guaranteed ? { GuaranteedDelivery: { BusinessDaysInTransit: String(quote.days) } } : {}),
    RatedPackage: listOf(
      quote.packages.map((price, index) => ({
        TransportationCharges: charge(price, currency),
        ServiceOptionsCharges: charge(0, currency),
        TotalCharges: charge(price, currency),
        Weight: quote.billedKg[index]!.toFixed(1),
        BillingWeight: { UnitOfMeasurement: kilograms, Weight: quote.billedKg[index]!.toFixed(1) },
      })),
      version,
    ),
    ...(extra.pickup === null ? {} : { TimeInTransit: timeInTransit(quote, extra.pickup) }),
  };
}

function timeInTransit(quote: Quote, pickup: string): Record<string, unknown> {
  const arrival = addWorkingDays(pickup, quote.days);
  return {
    PickupDate: pickup,
    PackageBillType: '03',
    ServiceSummary: {
      Service: { Description: quote.service.name },
      EstimatedArrival: {
        Arrival: { Date: compact(arrival.getTime()), Time: '235900' },
        BusinessDaysInTransit: String(quote.days),
        Pickup: { Date: pickup, Time: '180000' },
        DayOfWeek: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'][arrival.getUTCDay()]!,
        TotalTransitDays: String(quote.days),
      },
    },
  };
}

function addWorkingDays(day: string, days: number): Date {
  const date = new Date(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);
  for (let left = days; left > 0;) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (date.getUTCDay() !== 0 && date.getUTCDay() !== 6) left -= 1;
  }
  return date;
}

const compact = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
