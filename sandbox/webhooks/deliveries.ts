import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { seededRandom, shuffled } from '../random.ts';
import type { State, Table } from '../state.ts';

/** One webhook as it is to be sent. */
export interface Outgoing {
  party: string;
  account: string;
  topic: string;
  /** The resource that it tells of. */
  resource: string;
  /** What the party calls this delivery: Shopify's Webhook-Id, WooCommerce's Delivery-ID. */
  deliveryId: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Waits before each further attempt while the answer is no 2xx. */
  retryDelaysMs: number[];
  timeoutMs: number;
  onAnswer?: (status: number | null) => void;
}

/** What became of one attempt. */
export interface Delivery {
  id: number;
  party: string;
  account: string;
  topic: string;
  resource: string;
  deliveryId: string;
  url: string;
  attempt: number;
  /** A second copy, sent on demand. */
  duplicate: boolean;
  /** null: no answer came; `error` says why. */
  status: number | null;
  error: string | null;
  at: string;
  ms: number;
}

/** How badly webhooks travel. All draws come from `seed`. */
export interface DeliveryRules {
  /** Probability that a delivery is never sent. */
  loss: number;
  /** Probability that a delivery is sent twice. */
  duplicates: number;
  /** Each delivery waits for a time drawn between the two, which reorders them. */
  delayMs: [least: number, most: number];
  /** Held until `release`. */
  paused: boolean;
  concurrency: number;
  seed: number;
}

export interface Deliveries {
  send(outgoing: Outgoing): void;
  rules(): DeliveryRules;
  change(rules: Partial<DeliveryRules>): DeliveryRules;
  /** Sends what is held, in order or shuffled by the seed. Returns how many. */
  release(shuffleSeed?: number): number;
  log(): Delivery[];
  clearLog(): void;
  /** Resolves when nothing is on its way any more; what is held does not count. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const calm: DeliveryRules = {
  loss: 0,
  duplicates: 0,
  delayMs: [0, 0],
  paused: false,
  concurrency: 32,
  seed: 1,
};

export function createDeliveries(state: State): Deliveries {
  const agent = new Agent({ connections: 64, keepAliveTimeout: 2000 });
  const table: Table<Delivery> = state.table('deliveries');
  const waiting: (() => Promise<void>)[] = [];
  let rules = { ...calm };
  let random = seededRandom(rules.seed);
  let held: Outgoing[] = [];
  let running = 0;
  let open = 0;
  let idleCalls: (() => void)[] = [];
  let closed = false;

  function send(outgoing: Outgoing): void {
    if (rules.paused) return void held.push(outgoing);
    if (random() < rules.loss) return record(outgoing, 1, false, null, 'lost on demand', 0);
    dispatch(outgoing, false);
    if (random() < rules.duplicates) dispatch(outgoing, true);
  }

  function dispatch(outgoing: Outgoing, duplicate: boolean): void {
    const [least, most] = rules.delayMs;
    const delay = least + Math.floor(random() * (most - least + 1));
    open += 1;
    waiting.push(() => deliver(outgoing, duplicate, delay));
    pump();
  }

  function pump(): void {
    while (running < rules.concurrency && waiting.length > 0) {
      running += 1;
      void waiting.shift()!().finally(() => {
        running -= 1;
        open -= 1;
        if (open === 0) idleCalls.splice(0).forEach((call) => call());
        pump();
      });
    }
  }

  async function deliver(outgoing: Outgoing, duplicate: boolean, delay: number): Promise<void> {
    if (delay > 0) await wait(delay, undefined, { ref: false });
    for (const [index, pause] of [0, ...outgoing.retryDelaysMs].entries()) {
      if (pause > 0) await wait(pause, undefined, { ref: false });
      if (closed) return;
      const started = Date.now();
      const [status, error] = await post(outgoing);
      record(outgoing, index + 1, duplicate, status, error, Date.now() - started);
      outgoing.onAnswer?.(status);
      if (status !== null && status >= 200 && status < 300) return;
    }
  }

  async function post(outgoing: Outgoing): Promise<[status: number | null, error: string | null]> {
    try {
      const answer = await request(outgoing.url, {
        method: 'POST',
        headers: outgoing.headers,
        body: outgoing.body,
        dispatcher: agent,
        headersTimeout: outgoing.timeoutMs,
        bodyTimeout: outgoing.timeoutMs,
      });
      await answer.body.dump();
      return [answer.statusCode, null];
    } catch (error) {
      return [null, error instanceof Error ? error.message || error.name : String(error)];
    }
  }

  function record(
    { party, account, topic, resource, deliveryId, url }: Outgoing,
    attempt: number,
    duplicate: boolean,
    status: number | null,
    error: string | null,
    ms: number,
  ): void {
    if (closed) return;
    const id = state.next('deliveries');
    const at = new Date().toISOString();
    table.put('', String(id), {
      id,
      party,
      account,
      topic,
      resource,
      deliveryId,
      url,
      attempt,
      duplicate,
      status,
      error,
      at,
      ms,
    });
    state.flush();
  }

  return {
    send,
    rules: () => rules,
    change(changes) {
      rules = { ...rules, ...changes };
      if (changes.seed !== undefined) random = seededRandom(changes.seed);
      pump();
      return rules;
    },
    release(shuffleSeed) {
      const batch = shuffleSeed === undefined ? held : shuffled(held, seededRandom(shuffleSeed));
      held = [];
      rules = { ...rules, paused: false };
      for (const outgoing of batch) send(outgoing);
      return batch.length;
    },
    log: () => table.all(''),
    clearLog: () => table.clear(''),
    idle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => idleCalls.push(resolve))),
    async close() {
      closed = true;
      waiting.length = 0;
      await agent.destroy();
      idleCalls = [];
    },
  };
}
