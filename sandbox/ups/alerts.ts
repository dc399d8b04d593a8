import { json, parseJson, type Answer, type Call } from '../http.ts';
import { upsError } from './answers.ts';
import type { Label, Scan, Subscription, UpsAccount, UpsTables } from './model.ts';
import { local, statusWords } from './track.ts';

interface SubscribeBody {
  locale?: string;
  countryCode?: string;
  trackingNumberList?: string[];
  destination?: { url?: string; credentialType?: string; credential?: string };
}

/** POST /api/track/v1/subscription/standard/package: UPS Track Alert, its error codes as published. */
export function subscribe(call: Call, account: UpsAccount, tables: UpsTables): Answer {
  if (!call.headers['transid']) return upsError(400, 'VSS002', 'Missing transId.');
  if (!call.headers['transactionsrc']) return upsError(400, 'VSS004', 'Missing transactionSrc.');
  const body = parseJson(call.body) as SubscribeBody | undefined;
  const refusal = refusalOf(body);
  if (refusal !== null) return upsError(400, ...refusal);
  const { url, credentialType, credential } = body!.destination!;
  const numbers = body!.trackingNumberList!;
  const valid = numbers.filter((number) => /^1Z[0-9A-Z]{16}$/.test(number));
  if (valid.length === 0)
    return upsError(
      400,
      'VSS210',
      'The Subscription request should have at least one valid tracking number. The Subscription request has been rejected.',
    );
  for (const trackingNumber of valid)
    tables.subscriptions.put(account.name, trackingNumber, {
      account: account.name,
      trackingNumber,
      url: url!,
      credentialType: credentialType!,
      credential: credential!,
    });
  const invalid = numbers.filter((number) => !valid.includes(number));
  return json(200, {
    validTrackingNumbers: valid,
    ...(invalid.length === 0 ? {} : { invalidTrackingNumbers: invalid }),
  });
}

function refusalOf(body: SubscribeBody | undefined): [code: string, message: string] | null {
  const rejected = 'The Subscription request has been rejected.';
  if (body === undefined || body === null)
    return ['VSS110', `Subscription request is empty or not present. ${rejected}`];
  if (!body.trackingNumberList?.length) return ['VSS200', `Tracking Number List is required. ${rejected}`];
  if (body.trackingNumberList.length > 100)
    return ['VSS220', 'You have submitted over 100 1Z numbers which is not allowed.'];
  if (!body.locale) return ['VSS300', `Locale is required. ${rejected}`];
  if (!/^[a-z]{2}_[A-Z]{2}$/.test(body.locale)) return ['VSS310', `Please enter a valid locale. ${rejected}`];
  if (!body.countryCode) return ['VSS400', `Please enter a valid country code. ${rejected}`];
  if (!body.destination) return ['VSS500', `Destination is required. ${rejected}`];
  if (!body.destination.url) return ['VSS600', `URL is empty or not present. ${rejected}`];
  if (!body.destination.credential) return ['VSS700', `Credential is empty or not present. ${rejected}`];
  if (!body.destination.credentialType)
    return ['VSS800', `CredentialType is empty or not present. ${rejected}`];
  return null;
}

/** The push: UPS sends the subscriber's own credential back, in a header named `credential`. */
export function alertOf(subscription: Subscription, label: Label, scan: Scan) {
  const status = statusWords[scan.status];
  const here = local(scan);
  const gmt = scan.at.replace(/[-:]/g, '');
  const delivered = scan.status === 'delivered';
  return {
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'UPSPubSubTrackingService',
      credential: subscription.credential,
    },
    body: {
      trackingNumber: label.trackingNumber,
      localActivityDate: here.date,
      localActivityTime: here.time,
      activityLocation: {
        city: scan.city,
        stateProvince: (scan.city === label.to.city ? label.to.region : label.from.region) ?? '',
        postalCode: delivered ? (label.to.postalCode ?? '') : '',
        country: scan.country,
      },
      activityStatus: {
        // Track Alert has no type of its own for a return.
        type: status.type === 'RS' ? 'X' : status.type,
        code: status.code,
        description: status.description,
        descriptionCode: status.statusCode,
      },
      scheduledDeliveryDate: '',
      actualDeliveryDate: delivered ? here.date : '',
      actualDeliveryTime: delivered ? here.time : '',
      gmtActivityDate: gmt.slice(0, 8),
      gmtActivityTime: gmt.slice(9, 15),
      deliveryStartTime: '',
      deliveryEndTime: '',
      deliveryTimeDescription: delivered ? '' : 'end of day',
    },
  };
}
