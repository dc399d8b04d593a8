import { z } from 'zod';
import { blockKinds, traitOf } from '../../domain/review/blocked.ts';
import { country, reason, text, uuid, wireTime } from './common.ts';

const label = text(255).meta({
  description: 'What you call it, since whom it is about is kept as a hash alone; no personal data',
  example: 'Chargebacks of May',
});

const area = z
  .strictObject({
    country,
    postalCode: text(20)
      .regex(/^[^*]*(?:[\p{L}\p{N}][^*]*){2}\*?$/u, 'must have two letters or digits, and may end in *')
      .meta({ description: 'A last * stands for whatever follows', example: '2410*' }),
    line1: text(255).optional().meta({ description: 'Left out: everybody there' }),
    line2: text(255).optional(),
  })
  .refine(({ line1, line2 }) => line2 === undefined || line1 !== undefined, {
    error: 'needs line1',
    path: ['line2'],
  })
  .refine(({ line1, postalCode }) => line1 === undefined || !postalCode.endsWith('*'), {
    error: 'must be whole for one address',
    path: ['postalCode'],
  })
  .refine((given) => traitOf(given) !== null, { error: 'must have letters or digits', path: ['line1'] });

export const newBlock = z
  .strictObject({
    email: z.email('must be an email address').max(255).optional(),
    phone: text(50)
      .refine((given) => given.replaceAll(/\D/g, '').length >= 6, 'must have at least six digits')
      .optional()
      .meta({ description: 'With its country code, as shops have it' }),
    address: area.optional(),
    label,
    reason,
  })
  .refine(
    ({ email, phone, address }) =>
      [email, phone, address].filter((given) => given !== undefined).length === 1,
    'Exactly one of email, phone, address is required',
  )
  .meta({ id: 'NewBlockedCustomer' });

export const block = z
  .strictObject({
    id: uuid,
    kind: z.enum(blockKinds),
    label: z.string(),
    reason: z.string(),
    blockedAt: wireTime,
    blockedBy: z.string(),
  })
  .meta({ id: 'BlockedCustomer', description: 'Without whom it is about, which nobody can read' });
