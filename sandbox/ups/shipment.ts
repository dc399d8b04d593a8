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

interface ReferenceBody {
  Value: string;
}

interface PackageBody {
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
type Asked = 'rate' | 'ship';

/** UPS' code of a party's field, by what is wrong and who asked. Rating's are one for all parties. */
const codes = {
  country: { rate: '111286', ShipFrom: '120308', ShipTo: '120208' },
  region: { rate: '111285', ShipFrom: '120306', ShipTo: '120206' },
  postalCode: { rate: '111285', ShipFrom: '120307', ShipTo: '120207' },
};

/** What UPS refuses of a well-formed shipment whatever the service, or null. */
export function shipmentRefusal(shipment: ShipmentBody, asked: Asked): Refusal | null {
  return (
    addressRefusal(originOf(shipment), asked === 'rate' ? 'rate' : 'ShipFrom') ??
    addressRefusal(shipment.ShipTo, asked === 'rate' ? 'rate' : 'ShipTo') ??
    packagesRefusal(shipment, asked === 'rate' ? '111' : '121')
  );
}

function addressRefusal(party: PartyBody, who: 'rate' | 'ShipFrom' | 'ShipTo'): Refusal | null {
  const { CountryCode: country, PostalCode: postalCode, StateProvinceCode: region } = party.Address;
  if (!servesCountry(country))
    return { code: codes.country[who], message: `${country} is not a supported country or territory.` };
  if (['US', 'CA'].includes(country) && !/^[A-Z]{2}$/.test(region ?? ''))
    return { code: codes.region[who], message: `Missing or invalid state or province for ${country}.` };
  if (!postalCodeFits(country, postalCode))
    return {
      code: codes.postalCode[who],
      message: `The postal code ${postalCode ?? ''} is invalid for ${region ?? ''} ${country}.`,
    };
  return null;
}

/** Rating's codes begin with 111, Shipping's with 121, and mean the same. */
function packagesRefusal(shipment: ShipmentBody, prefix: '111' | '121'): Refusal | null {
  for (const parcel of several(shipment.Package)) {
    const length = parcel.Dimensions?.UnitOfMeasurement.Code;
    const weight = parcel.PackageWeight?.UnitOfMeasurement.Code;
    if ((weight === 'KGS' && length === 'IN') || (weight === 'LBS' && length === 'CM'))
      return { code: `${prefix}057`, message: 'The measurement system is not valid' };
  }
  for (const { weightKg: kg } of packagesOf(shipment)) {
    if (!(kg > 0)) return { code: `${prefix}031`, message: 'Packages must weigh more than zero kilogram' };
    if (kg > maximumKg)
      return {
        code: `${prefix}035`,
        message: `The maximum per package weight for the selected service from the selected country is ${maximumKg} kg.`,
      };
  }
  return null;
}
