import { createHash } from 'node:crypto';
import {
  type Headers,
  type StorefrontWebhooks,
  UnusableWebhook,
  type WebhookEnvelope,
} from '../../connectors/storefronts/storefront.ts';
import type { Mail } from './keep.ts';

/** What a signed body becomes in the inbox. A body that can't be used is a refused row, never an error. */
export type Reading = Omit<Mail, 'source' | 'storeId'>;

/** `onDefect` hears of a reader that threw what it never should. */
export function readStorefrontWebhook(
  webhooks: StorefrontWebhooks,
  rawBody: Buffer,
  headers: Headers,
  onDefect: (error: unknown) => void,
): Reading {
  let envelope: WebhookEnvelope | null = null;
  try {
    const body = toText(rawBody);
    envelope = fitting(webhooks.envelope(rawBody, headers));
    const event = webhooks.parse(envelope.topic, rawBody);
    // Nobody will read it, and it may tell of customers.
    if (event.kind === 'ignored') return { ...envelope, body: '', state: 'applied', reason: event.reason };
    if (event.kind === 'privacy') return { ...envelope, body, state: 'received', reason: null };
    if (envelope.orderExternalId === null)
      return { ...envelope, body, state: 'applied', reason: 'names no order' };
    return { ...envelope, body, state: 'received', reason: null };
  } catch (error) {
    return refused(rawBody, envelope, reasonOf(error, onDefect));
  }
}

export function reasonOf(error: unknown, onDefect: (error: unknown) => void): string {
  if (error instanceof UnusableWebhook) return error.message;
  onDefect(error);
  return 'could not be read';
}

/** Kept for people to see, under its content where it names no key of its own. */
export function refused(rawBody: Buffer, envelope: WebhookEnvelope | null, reason: string): Reading {
  const key = envelope?.key ?? `refused/${createHash('sha256').update(rawBody).digest('hex')}`;
  const body = rawBody.toString('utf8').replaceAll('\0', '\uFFFD');
  return {
    key,
    topic: envelope?.topic ?? 'unknown',
    orderExternalId: envelope?.orderExternalId ?? null,
    body,
    state: 'refused',
    reason,
  };
}

/** Throws `UnusableWebhook` for bytes that PostgreSQL can't hold as text. */
export function toText(rawBody: Buffer): string {
  const text = rawBody.toString('utf8');
  if (text.includes('\0') || !Buffer.from(text, 'utf8').equals(rawBody))
    throw new UnusableWebhook('The body is not valid UTF-8 text');
  return text;
}

const LONGEST = 255;

function fitting(envelope: WebhookEnvelope): WebhookEnvelope {
  for (const [name, value] of Object.entries(envelope))
    if (
      typeof value === 'string' &&
      (value.length > LONGEST || value.includes('\0') || !value.isWellFormed())
    )
      throw new UnusableWebhook(
        `The ${name} can not be kept: longer than ${LONGEST} characters, or not text`,
      );
  return envelope;
}
