import { json, parseJson, type Answer, type Call } from '../http.ts';
import { listOf, responseHead, upsError } from './answers.ts';
import { drawLabel } from './label.ts';
import { services } from './lanes.ts';
import type { Label, UpsAccount, UpsTables } from './model.ts';
import { firstFault, recoveryRules } from './validate.ts';

interface RecoveryBody {
  LabelRecoveryRequest: {
    Request: { TransactionReference?: { CustomerContext?: string } };
    LabelSpecification?: { LabelImageFormat?: { Code: string } };
    TrackingNumber?: string;
    ReferenceValues?: { ReferenceNumber: { Value: string }; ShipperNumber: string };
  };
}

const formats = ['GIF', 'PDF', 'ZPL', 'EPL', 'SPL'];

/** POST /api/labels/{version}/recovery: by tracking number, or by reference and shipper number. */
export function recovery(call: Call, account: UpsAccount, version: string, tables: UpsTables): Answer {
  const body = parseJson(call.body);
  const fault = firstFault(body, recoveryRules);
  if (fault !== null) return upsError(400, '300001', `The request is not valid: ${fault}.`);
  const { Request, LabelSpecification, TrackingNumber, ReferenceValues } = (body as RecoveryBody)
    .LabelRecoveryRequest;
  const format = LabelSpecification?.LabelImageFormat?.Code.toUpperCase() ?? 'GIF';
  if (!formats.includes(format)) return upsError(400, '300020', `Invalid label image format ${format}.`);
  if (TrackingNumber === undefined && ReferenceValues === undefined)
    return upsError(400, '300014', 'Either a tracking number or reference values are required.');
  if (ReferenceValues !== undefined && ReferenceValues.ShipperNumber !== account.shipperNumber)
    return upsError(400, '300017', 'Missing or invalid shipper number.');

  const found = tables.labels
    .all(account.name)
    .filter(
      (label) => !label.voided && isAskedFor(label, TrackingNumber, ReferenceValues?.ReferenceNumber.Value),
    );
  if (found.length === 0) return upsError(400, '300101', 'No label found for the given information.');
  const shipments = new Set(found.map((label) => label.shipmentId));
  return json(200, {
    LabelRecoveryResponse: {
      Response: responseHead(Request.TransactionReference?.CustomerContext),
      // Several shipments carry the reference: UPS names the candidates and leaves the choice to the caller.
      ...(shipments.size > 1
        ? { LabelResults: [], TrackingCandidate: found.map(candidate) }
        : {
            ShipmentIdentificationNumber: found[0]!.shipmentId,
            LabelResults: listOf(
              found.map((label) => result(label, format)),
              version,
            ),
          }),
    },
  });
}

const isAskedFor = (
  label: Label,
  trackingNumber: string | undefined,
  reference: string | undefined,
): boolean =>
  trackingNumber === undefined
    ? label.references.includes(reference!)
    : label.trackingNumber === trackingNumber || label.shipmentId === trackingNumber;

function result(label: Label, format: string) {
  const name = Object.values(services)
    .flat()
    .find((service) => service.code === label.service)!.name;
  const image =
    format === label.format
      ? label.image
      : drawLabel(format, {
          trackingNumber: label.trackingNumber,
          service: name,
          to: label.to,
          piece: '1 OF 1',
        });
  return {
    TrackingNumber: label.trackingNumber,
    LabelImage: { LabelImageFormat: { Code: format }, GraphicImage: image },
  };
}

function candidate(label: Label) {
  const day = label.boughtAt.slice(0, 10).replaceAll('-', '');
  return {
    TrackingNumber: label.trackingNumber,
    ...(label.to.postalCode === null ? {} : { DestinationPostalCode: label.to.postalCode }),
    DestinationCountryCode: label.to.country,
    PickupDateRange: { BeginDate: day, EndDate: day },
  };
}
