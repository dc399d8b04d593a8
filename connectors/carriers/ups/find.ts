import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import type { BoughtLabel, CarrierClient } from '../carrier.ts';
import type { UpsApi } from './api.ts';
import { party } from './failure.ts';
import { fetchTrackingNumbers } from './tracking.ts';
import { imageSchema, listOf } from './wire.ts';

/**
 * Label Recovery's words for "no such shipment" and "voided": the codes of the current service first, then
 * those of UPS' developer guide. Several: more than one shipment carries the reference.
 */
const notFound = new Set(['9801031', '300007']);
const voided = new Set(['9801040', '300033']);
const several = new Set(['300001', '300035']);

/** Tracking by reference looks back 14 days, Label Recovery 30: a no about an older request means nothing. */
const lookBackMs = 14 * 24 * 3_600_000;

type Found = Awaited<ReturnType<CarrierClient['findLabel']>>;
type Recovered = { label: BoughtLabel } | { none: 'not-found' | 'voided' } | { several: string[] };

/**
 * The label under our reference and account: by Label Recovery, which knows it from its purchase on and gives
 * the document; failing that by Tracking's reference look-up, which lags, and Label Recovery by number. What
 * either finds is certain. A no is UPS' word at that moment: a request may still be on its way, so the caller
 * believes it only after a while (UPS gives no time for it). A label that was voided is gone. Two live labels under one reference are for a person to sort
 * out: `PartyFailure` 'several-labels'.
 */
export async function findLabel(
  api: UpsApi,
  reference: string,
  lastAskedAt: string | undefined,
  now: number,
): Promise<Found> {
  const asked = await recover(api, {
    ReferenceValues: { ReferenceNumber: { Value: reference }, ShipperNumber: api.credentials.accountNumber },
  });
  if ('label' in asked) return { found: asked.label };
  if ('none' in asked && asked.none === 'voided') return { found: null };

  const candidates = 'several' in asked ? asked.several : [];
  const numbers = candidates.length > 0 ? candidates : await fetchTrackingNumbers(api, reference);
  const recovered = await Promise.all(numbers.map((number) => recover(api, { TrackingNumber: number })));
  const labels = recovered.flatMap((one) => ('label' in one ? [one.label] : []));
  if (labels.length > 1) throw ambiguous(labels);
  if (labels.length === 1) return { found: labels[0]! };

  if ('several' in asked || recovered.some((one) => 'none' in one && one.none === 'not-found'))
    return { found: 'cannot-tell' };
  if (recovered.length > 0) return { found: null };
  return { found: isWithinLookBack(lastAskedAt, now) ? null : 'cannot-tell' };
}

function isWithinLookBack(lastAskedAt: string | undefined, now: number): boolean {
  return lastAskedAt !== undefined && now - Date.parse(lastAskedAt) <= lookBackMs;
}

function ambiguous(labels: BoughtLabel[]): PartyFailure {
  const numbers = labels.map((label) => label.trackingNumber).join(', ');
  return new PartyFailure(`UPS has several live labels under one reference: ${numbers}`, {
    party,
    kind: 'refuse',
    effect: 'none',
    code: 'several-labels',
  });
}

/** The request by `ReferenceValues` or `TrackingNumber`. A stock size is refused with GIF (9801050). */
export function recoveryRequest(api: UpsApi, by: Record<string, unknown>) {
  const { labelFormat } = api.credentials;
  return {
    LabelRecoveryRequest: {
      Request: { SubVersion: '1903' },
      LabelSpecification: {
        LabelImageFormat: { Code: labelFormat },
        ...(labelFormat === 'GIF'
          ? { HTTPUserAgent: 'Mozilla/4.5' }
          : { LabelStockSize: { Height: '6', Width: '4' } }),
      },
      ...by,
    },
  };
}

async function recover(api: UpsApi, by: Record<string, unknown>): Promise<Recovered> {
  try {
    const answer = await api.request({
      method: 'POST',
      path: '/api/labels/v1/recovery',
      json: recoveryRequest(api, by),
      retryable: true,
    });
    return readRecovery(answer.json(recoveryAnswerSchema));
  } catch (error) {
    if (!(error instanceof PartyFailure)) throw error;
    if (notFound.has(error.code)) return { none: 'not-found' };
    if (voided.has(error.code)) return { none: 'voided' };
    if (several.has(error.code)) return { several: [] };
    throw error;
  }
}

export const recoveryAnswerSchema = z.object({
  LabelRecoveryResponse: z.object({
    ShipmentIdentificationNumber: z.string().optional(),
    LabelResults: listOf(
      z.object({
        TrackingNumber: z.string().min(1),
        LabelImage: z.object({
          LabelImageFormat: z.object({
            Code: z
              .string()
              .transform((code) => code.toUpperCase())
              .pipe(z.enum(['GIF', 'ZPL', 'PNG', 'PDF'])),
          }),
          GraphicImage: imageSchema,
        }),
      }),
    ),
    Form: z.object({ Image: z.object({ GraphicImage: imageSchema }) }).optional(),
    TrackingCandidate: listOf(z.object({ TrackingNumber: z.string().min(1) })),
  }),
});

/** Label Recovery gives no charges: `cost` is null. */
export function readRecovery(body: z.output<typeof recoveryAnswerSchema>): Recovered {
  const { LabelResults, TrackingCandidate, ShipmentIdentificationNumber, Form } = body.LabelRecoveryResponse;
  if (TrackingCandidate.length > 0 || LabelResults.length !== 1)
    return { several: [...TrackingCandidate, ...LabelResults].map((one) => one.TrackingNumber) };
  const [{ TrackingNumber, LabelImage }] = LabelResults as [(typeof LabelResults)[number]];
  return {
    label: {
      trackingNumber: TrackingNumber,
      shipmentId: ShipmentIdentificationNumber ?? TrackingNumber,
      cost: null,
      format: LabelImage.LabelImageFormat.Code,
      document: LabelImage.GraphicImage,
      ...(Form ? { customsForm: Form.Image.GraphicImage } : {}),
    },
  };
}
