/** What the shop itself saw: when it sent each order's first webhook, and when it was told of the shipment. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxClient } from '../sandbox/client.ts';

/** Without any further order that arrives. */
const patience = 60_000;

export interface Watch {
  /** Milliseconds of the epoch, by the order's id in the shop. */
  readonly sent: Map<string, number>;
  readonly told: Map<string, number>;
  /** Webhooks that were not answered with 2xx. */
  readonly unanswered: string[];
  read(): Promise<void>;
  /** Until the shop was told of so many since the beginning. */
  untilTold(count: number): Promise<void>;
}

export function watchShop(sandbox: SandboxClient): Watch {
  const sent = new Map<string, number>();
  const told = new Map<string, number>();
  const unanswered: string[] = [];
  let after = 0;

  async function read(): Promise<void> {
    for (const one of await sandbox.deliveries({ after: String(after) })) {
      after = Math.max(after, one.id);
      const left = Date.parse(one.at) - one.ms;
      if (one.status !== 200) unanswered.push(`${one.topic} ${one.resource}: ${one.status ?? one.error}`);
      if (one.topic === 'orders/create' || one.topic === 'orders/paid')
        sent.set(one.resource, Math.min(left, sent.get(one.resource) ?? left));
      if (one.topic === 'fulfillments/create') told.set(one.resource, left);
    }
  }

  async function untilTold(count: number): Promise<void> {
    let before = -1;
    for (let until = Date.now() + patience; told.size < count; await sleep(250)) {
      await read();
      if (told.size > before) until = Date.now() + patience;
      before = told.size;
      if (Date.now() > until)
        throw new Error(`The shop was told of ${told.size} of ${count} orders, and of no other for 60 s`);
    }
  }

  return { sent, told, unanswered, read, untilTold };
}
