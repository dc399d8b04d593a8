import type { ErrorRequestHandler, RequestHandler } from 'express';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { EngineUnavailable } from '../engine.ts';
import { Problem, problemBody } from '../problem.ts';

export const unknownPath: RequestHandler = () => {
  throw new Problem('not-found', 'There is nothing at this address.');
};

/** The one place that turns whatever was thrown into an answer. */
export const answerErrors: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  const problem = toProblem(error);
  // Logged with the request, once.
  if (problem.status >= 500) response.err = error instanceof Error ? error : new Error(String(error));
  if (response.headersSent) return void response.destroy();
  response
    .status(problem.status)
    .set(problem.extras.headers ?? {})
    .type('application/problem+json')
    .send(JSON.stringify({ ...problemBody(problem), requestId: request.id }));
};

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EngineUnavailable)
    return new Problem(
      'unavailable',
      'The workflows can not be asked now; try again with the same Idempotency-Key.',
      later,
    );
  if (isDatabaseDown(error)) return new Problem('unavailable', 'The database can not be reached now.', later);
  if (error instanceof UniqueConstraintViolationException)
    return new Problem('conflict', 'Something with the same name or key was made meanwhile.');
  return (
    fromHttpError(error) ?? new Problem('internal', 'The request failed here; its id tells the log entry.')
  );
}

const later = { headers: { 'Retry-After': '5' } };

/** Connection refused, reset or timed out, and PostgreSQL's own classes 08 (connection), 53 and 57P (shutting down). */
export function isDatabaseDown(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause as unknown) {
    const { code = '' } = cause as { code?: string };
    if (/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08...|53...|57P..)$/.test(code))
      return true;
    if (/Connection terminated|timeout exceeded when trying to connect/.test(cause.message)) return true;
  }
  return false;
}

/** What Express and its body reader throw. */
function fromHttpError(error: unknown): Problem | null {
  if (!(error instanceof Error)) return null;
  const { status, type } = error as { status?: number; type?: string };
  if (error instanceof URIError)
    return new Problem('malformed-address', 'The address holds a broken %-escape.');
  if (status === 413) return new Problem('too-large', 'The body is larger than this address takes.');
  if (status === 415)
    return new Problem('unsupported-media-type', 'The body has an encoding that is not read here.');
  if (status === undefined || status < 400 || status >= 500) return null;
  return new Problem(
    'malformed-json',
    type === 'request.aborted' ? 'The body broke off.' : 'The body can not be read.',
  );
}
