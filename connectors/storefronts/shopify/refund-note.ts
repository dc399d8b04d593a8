/**
 * Our key travels in the refund's note, the one field of it that Shopify gives back by webhook and API alike:
 * so the echo of our own refund is recognized, and a repeated request finds the refund that it made.
 */
export function refundNote(reason: string, key: string): string {
  return `${reason} [orderloom ${key}]`;
}

export function refundKey(note: string | null): string | null {
  return /\[orderloom ([^\]]+)\]$/.exec(note ?? '')?.[1] ?? null;
}

/** Of a refund by which units left the order at our wish: no edit of the shop's. */
export const droppedByUs = (note: string | null): boolean => refundKey(note)?.endsWith(DROP) ?? false;

/** How the key of such a refund ends. */
export const DROP = '/lines';
