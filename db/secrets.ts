import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/** Secrets of stores and carriers as they lie in the database: sealed, each for the one place where it belongs. */
export interface Secrets {
  /** `place` names the row and column, so that a sealed text copied to another place does not open there. */
  seal(value: unknown, place: string): string;
  /** Throws `SecretUnreadable` where none of the keys sealed it, or it was changed or moved. */
  open<T>(sealed: string, place: string): T;
  /** Sealed by a key that is no longer the first. */
  isOutdated(sealed: string): boolean;
  /** Keyed hashes of a text, one under each key: the same text is recognized by them, and none can be read or guessed. */
  marks(text: string): string[];
}

export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';

  constructor(place: string) {
    super(
      `The secret of ${place} can't be opened: ORDERLOOM_SECRETS_KEY lacks the key that sealed it, or it was changed by hand`,
    );
  }
}

/** As many places as are kept open at a time. */
const OPENED = 200;

const NONCE = 12;
const TAG = 16;

/** AES-256-GCM. The first key seals, all of them open: a new one is put in front, the former stay until all is sealed anew. */
export function createSecrets(keys: readonly Buffer[]): Secrets {
  const ring = keys.map((key) => ({ id: createHash('sha256').update(key).digest('hex').slice(0, 8), key }));
  const [first] = ring;
  if (!first) throw new RangeError('There is no key to seal secrets with');
  const opened = new Map<string, { sealed: string; text: string }>();
  return {
    seal(value, place) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(Buffer.from(place));
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return `${first.id}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
    },
    open<T>(sealed: string, place: string): T {
      const known = opened.get(place);
      if (known?.sealed === sealed) return JSON.parse(known.text) as T;
      const text = decipher(sealed, place);
      // Each order needs those of its store and carriers several times.
      if (opened.size >= OPENED) opened.clear();
      opened.set(place, { sealed, text });
      return JSON.parse(text) as T;
    },
    isOutdated: (sealed) => !sealed.startsWith(`${first.id}.`),
    marks: (text) => ring.map(({ key }) => createHmac('sha256', key).update(`mark/${text}`).digest('hex')),
  };

  function decipher(sealed: string, place: string): string {
    const [id, content = ''] = sealed.split('.');
    const bytes = Buffer.from(content, 'base64url');
    const known = ring.find((one) => one.id === id);
    if (!known || bytes.length < NONCE + TAG) throw new SecretUnreadable(place);
    try {
      const cipher = createDecipheriv('aes-256-gcm', known.key, bytes.subarray(0, NONCE))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
      const text = Buffer.concat([cipher.update(bytes.subarray(NONCE + TAG)), cipher.final()]);
      return text.toString('utf8');
    } catch {
      // What the cipher says tells nothing more.
      throw new SecretUnreadable(place);
    }
  }
}

/** Where each secret belongs. */
export const places = {
  storeCredentials: (storeId: string) => `store/${storeId}/credentials`,
  storeWebhooks: (storeId: string) => `store/${storeId}/webhook_secrets`,
  carrierCredentials: (accountId: string) => `carrier_account/${accountId}/credentials`,
  paymentCredentials: (accountId: string) => `payment_account/${accountId}/credentials`,
  paymentWebhooks: (accountId: string) => `payment_account/${accountId}/webhook_secret`,
  alertEndpointSecret: (endpointId: string) => `alert_endpoint/${endpointId}/secret`,
  markKey: (id: string) => `mark_key/${id}/secret`,
  carrierWebhooks: (accountId: string) => `carrier_account/${accountId}/webhook_secret`,
};
