/**
 * The one classification of what goes wrong with an outside party.
 *
 * `retry`: may work later (time-out, reset, 5xx, 429: `retryAfterMs` says when).
 * `refuse`: will not work however often it is asked (4xx, a business refusal): a person must decide.
 */
export class PartyFailure extends Error {
  override readonly name = 'PartyFailure';
  readonly party: string;
  readonly kind: 'retry' | 'refuse';
  /** 'none': the party certainly did nothing. 'unknown': it may have acted before the answer was lost. */
  readonly effect: 'none' | 'unknown';
  /** Stable and free of personal data: 'timeout', 'connection-reset', 'http-503', 'malformed-body', or the party's own code. */
  readonly code: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  /** `message` may quote the party's own words, which may echo an address: scrub it before it leaves PostgreSQL. */
  constructor(
    message: string,
    facts: {
      party: string;
      kind: 'retry' | 'refuse';
      effect: 'none' | 'unknown';
      code: string;
      status?: number;
      retryAfterMs?: number;
    },
  ) {
    super(message);
    this.party = facts.party;
    this.kind = facts.kind;
    this.effect = facts.effect;
    this.code = facts.code;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
