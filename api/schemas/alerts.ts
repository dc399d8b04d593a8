import { z } from 'zod';
import { alertKinds } from '../../db/entities/planning.ts';
import { DELIVERY_ATTEMPTS } from '../../domain/alerts.ts';
import { text, uuid, webAddress, wireTime } from './common.ts';

export const alertKind = z.enum(alertKinds);

const alertFields = {
  id: uuid,
  kind: alertKind,
  warehouse: z.string(),
  sku: z.string(),
  facts: z.record(z.string(), z.unknown()).meta({ description: 'What was true when it was opened' }),
  openedAt: wireTime,
  closedAt: wireTime.nullable().meta({ description: 'When the line was crossed back; null: it is open' }),
};
export const alert = z.strictObject(alertFields).meta({ id: 'Alert' });
export const alertWithDeliveries = z
  .strictObject({
    ...alertFields,
    deliveries: z.array(
      z.strictObject({
        endpoint: uuid,
        channel: z.enum(['email', 'webhook']),
        state: z
          .enum(['due', 'delivered', 'given_up'])
          .meta({ description: `Given up after ${DELIVERY_ATTEMPTS} attempts` }),
        attempts: z.int(),
        dueAt: wireTime.nullable().meta({ description: 'When it is tried next; null: never more' }),
        lastError: z.string().nullable(),
        deliveredAt: wireTime.nullable(),
      }),
    ),
  })
  .meta({ id: 'AlertWithDeliveries' });

export const newAlertEndpoint = z
  .strictObject({
    channel: z.enum(['email', 'webhook']),
    target: text(255).meta({
      description: 'An email address, or an http or https URL',
      example: 'https://pager.example.com/hook',
    }),
    kinds: z
      .array(alertKind)
      .min(1, 'must have at least one')
      .max(alertKinds.length)
      .refine((kinds) => new Set(kinds).size === kinds.length, 'must be different')
      .default([...alertKinds]),
  })
  .superRefine(({ channel, target }, context) => {
    const wanted = channel === 'email' ? z.email('must be an email address') : webAddress;
    const parsed = wanted.safeParse(target);
    for (const { message } of parsed.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: ['target'], message });
  })
  .meta({ id: 'NewAlertEndpoint' });

const endpointFields = {
  id: uuid,
  channel: z.enum(['email', 'webhook']),
  target: z.string(),
  kinds: z.array(alertKind),
  createdAt: wireTime,
};
export const alertEndpoint = z.strictObject(endpointFields).meta({ id: 'AlertEndpoint' });
export const createdAlertEndpoint = z
  .strictObject({
    ...endpointFields,
    secret: z.string().nullable().meta({
      description: 'Of a webhook: what its messages are signed with after Standard Webhooks. Shown this once',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    }),
  })
  .meta({ id: 'CreatedAlertEndpoint' });
