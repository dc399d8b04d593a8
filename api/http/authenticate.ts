import { createHash, randomBytes } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Em } from '../../db/database.ts';
import type { Role } from '../../db/entities/access.ts';
import { findLiveKey } from '../../db/read/api-keys.ts';
import { Problem } from '../problem.ts';

/** Who asks: an API key. `name` is the actor in every audit row. */
export interface Caller {
  id: string;
  name: string;
  role: Role;
  /** The key itself, never stored or logged: answers that hold a secret are sealed with it. */
  secret: string;
}

export const newKey = () => `olk_${randomBytes(32).toString('base64url')}`;
export const hashKey = (key: string) => createHash('sha256').update(key).digest('hex');

const challenge = { headers: { 'WWW-Authenticate': 'Bearer realm="orderloom"' } };

/** Reads the key anew each time: one that was revoked is refused at once. */
export async function authenticate(em: Em, request: Request): Promise<Caller> {
  const header = request.headers.authorization;
  if (header === undefined)
    throw new Problem('unauthorized', 'Send an API key: Authorization: Bearer <key>.', challenge);
  const secret = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)?.[1];
  const key = secret === undefined ? null : await findLiveKey(em, hashKey(secret));
  if (secret === undefined || key === null)
    throw new Problem('unauthorized', 'The API key is not known, or was revoked.', challenge);
  return { ...key, secret };
}

/**
 * Slows down guessing: only failed attempts count and only failing ones are stopped, so a good key always works.
 * At most 200 a minute from one address.
 */
export function failureLimit(): RequestHandler {
  const windowMs = 60_000;
  return rateLimit({
    windowMs,
    limit: 200,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    handler(_request, _response, next) {
      next(
        new Problem('too-many-failures', 'Too many attempts with a wrong key; wait a minute.', {
          headers: { 'Retry-After': String(windowMs / 1000) },
        }),
      );
    },
  });
}
