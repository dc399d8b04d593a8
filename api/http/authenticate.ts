import { createHash, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
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

/** What is answered instead of `failure`, which it counts. */
export type FailureLimit = (request: Request, response: Response, failure: Problem) => Promise<unknown>;

/**
 * Makes guessing of keys and signatures loud and useless: only failures count and only failures are stopped, so a
 * good key works from the same address. Counted in the memory of this process, by address (of IPv6 by its /56,
 * which is what one line is given), which is the proxy's unless `trust proxy` says how many of them there are.
 */
export function failureLimit(perMinute: number): FailureLimit {
  const limit = rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-7', // with Retry-After
    legacyHeaders: false,
    // Whoever sends X-Forwarded-For without a proxy is not believed, which is no reason to warn.
    validate: { xForwardedForHeader: false },
    handler: (_request, _response, next) =>
      next(
        new Problem(
          'too-many-failures',
          'Too many attempts with a wrong key or signature; wait as long as Retry-After says.',
        ),
      ),
  });
  return (request, response, failure) =>
    new Promise((resolve) => {
      void limit(request, response, (limited?: unknown) => resolve(limited ?? failure));
    });
}
