/** Whether a call is about that order, payment or recipient. */
export type Concerns = (about: string) => boolean;

/** One request to a stand-in, read whole. */
export interface Call {
  method: string;
  /** Below the party's prefix: "/api/shipments/v2409/ship". */
  path: string;
  query: URLSearchParams;
  /** Lower-cased names. */
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** The address that the caller used, without query: what OAuth 1.0a signs. */
  address: string;
}

export interface Answer {
  status: number;
  /** Sent as JSON, unless `text` is given. */
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

/** A business refusal asked for by a fault: the party says it in its own format. */
export interface Refusal {
  code: string;
  message: string;
}

/** An outside party as the server sees it. */
export interface Party {
  /** What is being asked for, as faults name it: ["fulfillmentCreate"], ["orders.update"]. */
  operations(call: Call): string[];
  /** The account, shop or site that is asked, where the address or the credentials name one. */
  account(call: Call): string | null;
  /** Whether it is about that order, payment or recipient; by default where its path, query or body names it. */
  concerns?(call: Call): Concerns;
  handle(call: Call, refusal: Refusal | null): Answer | Promise<Answer>;
  /** The party's own words for a refusal of the request as a whole (429, 503 ...). */
  failure(status: number, refusal: Refusal): Answer;
}

export const json = (status: number, body: unknown, headers?: Record<string, string>): Answer => ({
  status,
  body,
  headers,
});

/** undefined where the body is no JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What the answer's body is on the wire. */
export const wireText = (answer: Answer): string =>
  answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));

/** Whether the call's path, query or body has this as a word of its own. */
export const names =
  (call: Call): Concerns =>
  (about) => {
    const word = new RegExp(`(?<!\\w)${about.replaceAll(/[^\w ]/g, '\\$&')}(?!\\w)`);
    return word.test(call.path) || word.test(call.query.toString()) || word.test(call.body.toString('utf8'));
  };
