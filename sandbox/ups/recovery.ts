import { json, parseJson, type Answer, type Call } from '../http.ts';
import { listOf, responseHead, upsError } from './answers.ts';
import { drawLabel } from './label.ts';
import { services } from './lanes.ts';
import { formOf } from './form.ts';
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

const notFound =
  'The shipment for the requested tracking number or the combination of reference number plus shipper number ' +
  'could not be found. Please check the submitted data or wait until the shipment is processed.';
const voided =
  'The shipment for which you are trying to recover a label or Receipt has been voided. Please contact the ' +
  'vendor for further information';

/** POST /api/labels/{version}/recovery: by tracking number, or by reference and shipper number. */
export function recovery(call: Call, account: UpsAccount, version: string, tables: UpsTables): Answer {
  const body = parseJson(call.body);
  const fault = firstFault(body, recoveryRules);
  if (fault !== null) return upsError(400, '10002', `The request is not valid: ${fault}.`);
  const { Request, LabelSpecification, TrackingNumber, ReferenceValues } = (body as RecoveryBody)
    .LabelRecoveryRequest;
  const format = LabelSpecification?.LabelImageFormat?.Code.toUpperCase() ?? 'GIF';
  if (!formats.includes(format)) return upsError(400, '300013', 'Invalid Label Print Method');
  if (TrackingNumber === undefined && ReferenceValues === undefined)
    return upsError(
      400,
      '300005',
      'Either tracking number or combination of reference plus shipper number required',
    );
  if (ReferenceValues !== undefined && ReferenceValues.ShipperNumber !== account.shipperNumber)
    return upsError(400, '300031', 'Invalid Shipper Number');

  const asked = tables.labels
    .all(account.name)
    .filter((label) => isAskedFor(label, TrackingNumber, ReferenceValues?.ReferenceNumber.Value));
  const found = asked.filter((label) => !label.voided);
  if (asked.length === 0) return upsError(400, '300007', notFound);
  if (found.length === 0) return upsError(400, '300033', voided);
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
            ...(found[0]!.form === null ? {} : { Form: formOf(found[0]!.form) }),
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
