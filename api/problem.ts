/** Every error of the API: RFC 9457, `type` stable. Clients may switch on it; the wording may change. */
export const problemKinds = {
  validation: { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-request': { status: 400, title: 'The request can not be read' },
  'malformed-address': { status: 400, title: 'The address can not be read' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  'bad-signature': { status: 401, title: 'The signature does not match' },
  forbidden: { status: 403, title: 'The role of this API key does not allow it' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  conflict: { status: 409, title: 'It conflicts with what is there' },
  'not-possible': { status: 409, title: 'The order can not do that now' },
  'order-ended': { status: 409, title: 'The order has ended' },
  'idempotency-running': { status: 409, title: 'The first request with this Idempotency-Key still runs' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'idempotency-mismatch': { status: 422, title: 'The Idempotency-Key was used with another body' },
  'too-many-failures': { status: 429, title: 'Too many failed attempts' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong here' },
  busy: { status: 503, title: 'Too much is under way' },
  unavailable: { status: 503, title: 'Not available now' },
} as const;
export type ProblemKind = keyof typeof problemKinds;

export interface FieldError {
  /** Dotted path into the body or query, or the parameter's name; '' for the body as a whole. */
  field: string;
  message: string;
}

export interface ProblemExtras {
  errors?: readonly FieldError[];
  /** What may be done instead, as names of actions. */
  possible?: readonly string[];
  headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere below a route; the error handler is the one place that answers it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly extras: ProblemExtras;

  constructor(kind: ProblemKind, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.kind = kind;
    this.extras = extras;
  }

  get status(): number {
    return problemKinds[this.kind].status;
  }
}

/** The body of the answer, `application/problem+json`. */
export function problemBody(problem: Problem): Record<string, unknown> {
  const { errors, possible } = problem.extras;
  return {
    type: `/problems/${problem.kind}`,
    title: problemKinds[problem.kind].title,
    status: problem.status,
    detail: problem.message,
    ...(errors && { errors }),
    ...(possible && { possible }),
  };
}

export const notFound = (what: string) => new Problem('not-found', `There is no ${what}.`);

/** One or more fields of the request are wrong. */
export function invalid(...errors: FieldError[]): Problem {
  const detail = errors.map(({ field, message }) => (field ? `${field} ${message}` : message)).join('; ');
  return new Problem('validation', `${detail}.`, { errors });
}
