import { json, type Answer, type Call } from '../http.ts';
import { upsError } from './answers.ts';
import { services } from './lanes.ts';
import type { Label, ParcelStatus, Scan, UpsAccount, UpsTables } from './model.ts';
import { progressed } from './progress.ts';

interface StatusWords {
  type: string;
  code: string;
  statusCode: string;
  description: string;
  simple: string;
}

/** Type, two-letter code and three-digit code of each status, as UPS' Tracking appendix and samples have them. */
export const statusWords: Record<ParcelStatus, StatusWords> = {
  label_created: words(
    'M',
    'MP',
    '003',
    'Shipper created a label, UPS has not received the package yet.',
    'Label Created',
  ),
  voided: words('MV', 'VP', '026', 'Void Information Received', 'Label Voided'),
  handed_over: words('I', 'OR', '005', 'Origin Scan', 'We Have Your Package'),
  in_transit: words('I', 'DP', '005', 'Departed from Facility', 'On the Way'),
  out_for_delivery: words('I', 'OT', '021', 'Out For Delivery Today', 'Out for Delivery'),
  exception: words(
    'X',
    'X2',
    '007',
    'The customer was not available when we attempted delivery.',
    'Exception',
  ),
  delivered: words('D', 'FS', '011', 'DELIVERED', 'Delivered'),
  returned: words('RS', 'RS', '016', 'Returned to the sender.', 'Returned to Sender'),
};

function words(
  type: string,
  code: string,
  statusCode: string,
  description: string,
  simple: string,
): StatusWords {
  return { type, code, statusCode, description, simple };
}

/** GET /api/track/v1/details/{inquiryNumber} */
export function trackDetails(
  call: Call,
  account: UpsAccount,
  number: string,
  tables: UpsTables,
  now: number,
): Answer {
  const refusal = headersRefusal(call);
  if (refusal !== null) return refusal;
  if (number.length < 7 || number.length > 34) return upsError(400, 'TV1002', 'Invalid inquiry number');
  const label = tables.labels.get(account.name, number);
  if (label === undefined) return upsError(404, 'TW0001', 'Tracking Information Not Found');
  return json(200, { trackResponse: { shipment: [shipment(label, account, now)] } });
}

/** GET /api/track/v1/reference/details/{referenceNumber} */
export function trackReference(
  call: Call,
  account: UpsAccount,
  reference: string,
  tables: UpsTables,
  now: number,
): Answer {
  const refusal = headersRefusal(call);
  if (refusal !== null) return refusal;
  const shipper = call.query.get('shipperNum');
  const found =
    shipper !== null && shipper !== account.shipperNumber
      ? []
      : tables.labels
          .all(account.name)
          .filter((label) => label.references.includes(reference))
          .filter((label) => Date.parse(label.boughtAt) + account.referenceLagMs <= now);
  if (found.length === 0) return upsError(404, 'TW0001', 'Tracking Information Not Found');
  return json(200, { trackResponse: { shipment: found.map((label) => shipment(label, account, now)) } });
}

/** GET /api/track/v1/shipment/details/{inquiryNumber}: every package of the shipment. */
export function trackShipment(
  call: Call,
  account: UpsAccount,
  number: string,
  tables: UpsTables,
  now: number,
): Answer {
  const refusal = headersRefusal(call);
  if (refusal !== null) return refusal;
  const asked = tables.labels.get(account.name, number);
  if (asked === undefined) return upsError(404, 'TW0001', 'Tracking Information Not Found');
  const labels = tables.labels.all(account.name).filter((label) => label.shipmentId === asked.shipmentId);
  return json(200, {
    trackResponse: {
      shipment: [
        { inquiryNumber: number, package: labels.map((label) => parcel(label, account, now, labels.length)) },
      ],
    },
  });
}

function headersRefusal(call: Call): Answer | null {
  if (!call.headers['transid']) return upsError(400, 'TV0010', 'Missing transId');
  if (!call.headers['transactionsrc']) return upsError(400, 'TV0011', 'Missing transactionSrc');
  return null;
}

const shipment = (label: Label, account: UpsAccount, now: number) => ({
  inquiryNumber: label.trackingNumber,
  package: [parcel(label, account, now, 1)],
});

function parcel(label: Label, account: UpsAccount, now: number, count: number) {
  const scans = progressed(label, account.progress, now);
  const current = statusWords[scans.at(-1)!.status];
  const delivered = scans.find((scan) => scan.status === 'delivered');
  const service = Object.values(services)
    .flat()
    .find(({ code }) => code === label.service)!;
  return {
    trackingNumber: label.trackingNumber,
    ...(delivered === undefined
      ? {}
      : {
          deliveryDate: [{ type: 'DEL', date: local(delivered).date }],
          deliveryTime: { type: 'DEL', endTime: local(delivered).time },
          deliveryInformation: { location: 'Front Door', receivedBy: '' },
        }),
    activity: scans.toReversed().map(activity),
    currentStatus: {
      description: current.simple,
      code: current.statusCode,
      statusCode: current.statusCode,
      type: current.type,
      simplifiedTextDescription: current.simple,
    },
    packageAddress: [
      { type: 'ORIGIN', address: address(label.from) },
      { type: 'DESTINATION', address: address(label.to) },
    ],
    weight: { unitOfMeasurement: 'KGS', weight: label.weightKg.toFixed(2) },
    service: { code: label.service, levelCode: `0${label.service}`, description: service.name },
    referenceNumber: label.references.map((number) => ({ type: 'PACKAGE', number })),
    packageCount: count,
  };
}

const address = (place: Label['from']) => ({
  city: place.city,
  ...(place.region === null ? {} : { stateProvince: place.region }),
  ...(place.postalCode === null ? {} : { postalCode: place.postalCode }),
  countryCode: place.country,
  country: place.country,
});

function activity(scan: Scan) {
  const status = statusWords[scan.status];
  const here = local(scan);
  const gmt = scan.at.replace(/[-:]/g, '');
  return {
    location: { address: { city: scan.city, countryCode: scan.country, country: scan.country }, slic: '0' },
    status: {
      type: status.type,
      code: status.code,
      description: status.description,
      statusCode: status.statusCode,
      simplifiedTextDescription: status.simple,
    },
    date: here.date,
    time: here.time,
    gmtDate: gmt.slice(0, 8),
    gmtOffset: offsetOf(scan.country),
    gmtTime: gmt.slice(9, 15),
    logicalScan: ['label_created', 'voided'].includes(scan.status),
  };
}

/** Hours east of Greenwich without daylight saving: enough for local times that differ from GMT. */
const offsets: Record<string, number> = {
  AU: 10,
  BR: -3,
  CA: -5,
  CN: 8,
  HK: 8,
  IN: 5.5,
  JP: 9,
  KR: 9,
  MX: -6,
  SG: 8,
  US: -5,
  AT: 1,
  BE: 1,
  CH: 1,
  CZ: 1,
  DE: 1,
  DK: 1,
  ES: 1,
  FR: 1,
  HU: 1,
  IT: 1,
  LU: 1,
  NL: 1,
  NO: 1,
  PL: 1,
  SE: 1,
};

function offsetOf(country: string): string {
  const hours = offsets[country] ?? 0;
  const minutes = Math.abs(hours * 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${hours < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** YYYYMMDD and HHMMSS where the scan was made. */
export function local(scan: Scan): { date: string; time: string } {
  const shifted = new Date(Date.parse(scan.at) + (offsets[scan.country] ?? 0) * 3_600_000).toISOString();
  const digits = shifted.replace(/[-:]/g, '');
  return { date: digits.slice(0, 8), time: digits.slice(9, 15) };
}
