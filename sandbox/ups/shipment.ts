import type { PackageFacts } from './price.ts';
import { maximumKg } from './price.ts';
import { postalCodeFits, servesCountry } from './lanes.ts';
import type { Refusal } from '../http.ts';

/** The parts of a rate or ship request that both read. Validated before by the field rules. */
export interface ShipmentBody {
  Shipper: PartyBody & { ShipperNumber?: string };
  ShipTo: PartyBody;
  ShipFrom?: PartyBody;
  Service?: { Code: string };
  Package: PackageBody | PackageBody[];
  ReferenceNumber?: ReferenceBody | ReferenceBody[];
  ShipmentRatingOptions?: { NegotiatedRatesIndicator?: string };
}

export interface PartyBody {
  Name?: string;
  Phone?: { Number?: string };
  Address: { City?: string; StateProvinceCode?: string; PostalCode?: string; CountryCode: string };
}

export interface ReferenceBody {
  Value: string;
}

export interface PackageBody {
  PackageWeight?: { UnitOfMeasurement: { Code: string }; Weight: string };
  Dimensions?: { UnitOfMeasurement: { Code?: string }; Length: string; Width: string; Height: string };
  ReferenceNumber?: ReferenceBody | ReferenceBody[];
}

export const several = <Item>(value: Item | Item[] | undefined): Item[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

export const originOf = (shipment: ShipmentBody): PartyBody => shipment.ShipFrom ?? shipment.Shipper;

export function packagesOf(shipment: ShipmentBody): PackageFacts[] {
  return several(shipment.Package).map((body) => ({
    weightKg: weightKg(body),
    dimensions: centimeters(body),
  }));
}

function weightKg({ PackageWeight }: PackageBody): number {
  const weight = Number(PackageWeight?.Weight ?? 0);
  const unit = PackageWeight?.UnitOfMeasurement.Code;
  return unit === 'LBS' ? weight * 0.45359237 : unit === 'OZS' ? weight * 0.028349523 : weight;
}

function centimeters({ Dimensions }: PackageBody): PackageFacts['dimensions'] {
  if (Dimensions === undefined) return null;
  const factor = Dimensions.UnitOfMeasurement.Code === 'IN' ? 2.54 : 1;
  return {
    length: Number(Dimensions.Length) * factor,
    width: Number(Dimensions.Width) * factor,
    height: Number(Dimensions.Height) * factor,
  };
}

/** Which of UPS' two services is asked: their error codes differ. */
export type Asked = 'rate' | 'ship';

const codes = {
  country: { rate: '111286', ship: '120204' },
  postalCode: { rate: '111285', ship: '120207' },
  weight: { rate: '111035', ship: '120502' },
  weightMissing: { rate: '111030', ship: '120500' },
};

/** What UPS refuses of a well-formed shipment whatever the service, or null. */
export function shipmentRefusal(shipment: ShipmentBody, asked: Asked): Refusal | null {
  for (const party of [originOf(shipment), shipment.ShipTo]) {
    const { CountryCode: country, PostalCode: postalCode } = party.Address;
    if (!servesCountry(country))
      return { code: codes.country[asked], message: `${country} is not a valid country or territory.` };
    if (!postalCodeFits(country, postalCode))
      return {
        code: codes.postalCode[asked],
        message: `The postal code ${postalCode ?? ''} is invalid for ${party.Address.StateProvinceCode ?? ''} ${country}.`,
      };
  }
  for (const { weightKg: kg } of packagesOf(shipment)) {
    if (!(kg > 0)) return { code: codes.weightMissing[asked], message: 'Missing or invalid package weight.' };
    if (kg > maximumKg)
      return {
        code: codes.weight[asked],
        message: `The maximum per package weight for the selected service from the selected country is ${maximumKg} kg.`,
      };
  }
  return null;
}
