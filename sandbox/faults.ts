import type { Concerns, Refusal } from './http.ts';
import { seededRandom } from './random.ts';

/**
 * What goes wrong. `…-before`: nothing was done. `…-after`: it was done, and the answer is lost.
 * - `latency`, `latency-after`: waits `ms` before or after the effect, then answers
 * - `429`: with Retry-After: `retryAfter` seconds
 * - `5xx`, `5xx-after`: `status`, 503 unless given
 * - `4xx`: `status`, 401 unless given
 * - `page`: HTML with `status`, 404 unless given, from something in front of the party
 * - `hang`, `hang-after`: never answered
 * - `reset-before`, `reset-after`: the connection is destroyed
 * - `malformed`, `malformed-before`: HTTP 200 with a body that is cut in half, or a proxy's HTML
 * - `mislabelled`: the right answer, named `text/html`
 * - `refuse`: a business refusal with `code` and `message` in the party's own format
 */
export const faultKinds = [
  'latency',
  'latency-after',
  '429',
  '4xx',
  'page',
  'hang',
  'hang-after',
  '5xx',
  '5xx-after',
  'reset-before',
  'reset-after',
  'malformed',
  'malformed-before',
  'mislabelled',
  'refuse',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultRequest {
  /** "shopify", "woocommerce", "ups", "stripe" or "*"; may be left out where `operation` begins with it. */
  party?: string;
  /** "ups.ship", "shopify.fulfillmentCreate", "woocommerce.orders.*", "*". */
  operation: string;
  fault: FaultKind;
  /** Only this shop, site or account. */
  account?: string;
  /** Only what concerns this order or payment (its id there), or the parcel of this recipient. */
  about?: string;
  /** Lets this many matching calls pass first. */
  skip?: number;
  /** Hits so many calls; for ever unless given. */
  times?: number;
  /** 0 to 1, drawn from `seed`. */
  probability?: number;
  seed?: number;
  ms?: number;
  status?: number;
  /** Seconds. */
  retryAfter?: number;
  code?: string;
  message?: string;
}

export interface Fault extends FaultRequest {
  id: number;
  seen: number;
  hits: number;
}

export interface FaultHit {
  fault: number;
  kind: FaultKind;
  operation: string;
  account: string | null;
  at: string;
}

export interface Faults {
  add(request: FaultRequest): Fault;
  list(): Fault[];
  hits(): FaultHit[];
  clear(id?: number): void;
  /** The faults that hit this call: any number of latencies, and at most one of the rest. */
  strike(party: string, operations: string[], account: string | null, concerns?: Concerns): Fault[];
}

export function createFaults(): Faults {
  let faults: (Fault & { random: () => number })[] = [];
  let hits: FaultHit[] = [];
  let last = 0;
  return {
    add(request) {
      last += 1;
      const fault = { ...request, id: last, seen: 0, hits: 0, random: seededRandom(request.seed ?? last) };
      faults.push(fault);
      return plain(fault);
    },
    list: () => faults.map(plain),
    hits: () => hits,
    clear(id) {
      faults = id === undefined ? [] : faults.filter((fault) => fault.id !== id);
      if (id === undefined) hits = [];
    },
    strike(party, operations, account, concerns = () => false) {
      const struck: Fault[] = [];
      for (const fault of faults) {
        const operation = operations.find((name) => matches(fault, party, name));
        if (operation === undefined || (fault.account !== undefined && fault.account !== account)) continue;
        if (fault.about !== undefined && !concerns(fault.about)) continue;
        if (!isLatency(fault) && struck.some((other) => !isLatency(other))) continue;
        fault.seen += 1;
        if (fault.seen <= (fault.skip ?? 0) || fault.hits >= (fault.times ?? Infinity)) continue;
        if (fault.probability !== undefined && fault.random() >= fault.probability) continue;
        fault.hits += 1;
        hits.push({
          fault: fault.id,
          kind: fault.fault,
          operation: `${party}.${operation}`,
          account,
          at: new Date().toISOString(),
        });
        struck.push(fault);
      }
      return struck;
    },
  };
}

export const refusalOf = (fault: FaultRequest): Refusal => ({
  code: fault.code ?? 'SANDBOX_REFUSAL',
  message: fault.message ?? 'Refused on demand',
});

const isLatency = (fault: FaultRequest) => fault.fault === 'latency' || fault.fault === 'latency-after';

const plain = ({ random: _, ...fault }: Fault & { random: () => number }): Fault => fault;

function matches(fault: FaultRequest, party: string, operation: string): boolean {
  if (fault.party !== undefined && fault.party !== '*' && fault.party !== party) return false;
  if (fault.operation === '*') return true;
  const name = `${party}.${operation}`;
  const wanted =
    fault.operation.includes('.') && /^(shopify|woocommerce|ups|stripe)\./.test(fault.operation)
      ? fault.operation
      : `${party}.${fault.operation}`;
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}
