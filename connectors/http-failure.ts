import { PartyFailure } from './failure.ts';

/** What an answer outside 2xx says; `json` is undefined where the body isn't JSON. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
  json: unknown;
}

/** The party's own words for a refusal; what is left out stays as the status says. */
export interface ErrorDetail {
  code?: string;
  message?: string;
  kind?: 'retry' | 'refuse';
  effect?: 'none' | 'unknown';
  retryAfterMs?: number;
}

export type Effect = PartyFailure['effect'];

/** What failed before a connection stood: certainly nothing was sent. */
export const connectFailures = new WeakSet<object>();

/** The answer is larger than what is read. */
export class TooLarge extends Error {}

/** The answer came, and it isn't 2xx. */
export function answerFailure(
  options: { party: string; readError?: ((answer: ErrorAnswer) => ErrorDetail | null) | undefined },
  effect: Effect,
  answer: { status: number; headers: Record<string, string>; text(): string },
  now: number,
): PartyFailure {
  const { party } = options;
  const { status, headers } = answer;
  const text = answer.text();
  const words = options.readError?.({ status, headers, text, json: parseJson(text) });
  const detail = words ?? {};
  // A 404 without the party's own words comes from something in front of it, and says nothing about what was asked.
  const notTheirs = status === 404 && words === null;
  const retry = status >= 500 || status === 408 || status === 425 || status === 429 || notTheirs;
  // 408 too: a proxy says it as well when the party behind it was slow.
  const mayHaveActed = status >= 500 || status === 408;
  return new PartyFailure(detail.message ?? `${party} answered ${status}`, {
    party,
    kind: detail.kind ?? (retry ? 'retry' : 'refuse'),
    effect: detail.effect ?? (mayHaveActed ? effect : 'none'),
    code: detail.code ?? `http-${status}`,
    status,
    retryAfterMs: detail.retryAfterMs ?? parseRetryAfter(headers['retry-after'], now),
  });
}

/** Milliseconds to wait, from RFC 9110's seconds or HTTP-date; undefined where there is none to be understood. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** No whole answer came. */
export function wayFailure(party: string, effect: Effect, error: unknown, timedOut: boolean): PartyFailure {
  const fail = (code: string, actual: Effect) =>
    new PartyFailure(`${party}: ${code}`, { party, kind: 'retry', effect: actual, code });
  if (error instanceof TooLarge) return fail('response-too-large', effect);
  if (connectFailures.has(error as object)) return fail(connectCode(error), 'none');
  if (timedOut) return fail('timeout', effect);
  const code = errorCode(error);
  const { name } = error as { name?: unknown };
  if (name === 'HTTPParserError' || code.includes('CONTENT_LENGTH'))
    return fail('malformed-response', effect);
  if (/^(UND_ERR_(SOCKET|CLOSED|DESTROYED)|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code))
    return fail('connection-reset', effect);
  if (/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) return fail('timeout', effect);
  // A request that can't be built (a header with a line break) is a defect of ours, not of the party.
  throw error;
}

function connectCode(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns-failed';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'connect-timeout';
  if (/CERT|TLS|SSL|SIGNATURE|SIGNED|EPROTO/.test(code)) return 'tls-failed';
  return 'connection-refused';
}

/** Node gathers the errors of several addresses of one host in one AggregateError. */
function errorCode(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? errorCode(errors[0]) : '';
}

/** undefined where the text isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
