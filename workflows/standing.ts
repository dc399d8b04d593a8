import {
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  uuid4,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { type Condition, conditions, conditionWording, worst } from '../domain/conditions.ts';
import { readFailure, record, type StepFailure } from './calls.ts';
import {
  type Interruption,
  interrupt,
  isOpen,
  type OpenAttention,
  reservedUntil,
  type Run,
  type Wait,
} from './run.ts';
import { searchAttributes } from './search-attributes.ts';

/** Where an order stands, told to its row, to Temporal's UI and to its search attributes. */

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

/** Sparingly: each costs the server tens of milliseconds. */
export function tellSearch(run: Run): void {
  const order = run.order!;
  const carrier = run.fulfillments.find((one) => one.carrier)?.carrier;
  upsertSearchAttributes([
    { key: keyword(searchAttributes.orderNumber), value: order.number },
    { key: keyword(searchAttributes.stage), value: run.stage },
    { key: keyword(searchAttributes.condition), value: worst(conditionsOf(run)) },
    { key: keyword(searchAttributes.country), value: order.country },
    ...(carrier ? [{ key: keyword(searchAttributes.carrier), value: carrier }] : []),
  ]);
}

export function conditionsOf(run: Run): Condition[] {
  if (run.ended) return [];
  const present = new Set<Condition>([...run.waits].map((wait) => wait.condition));
  if (run.held) present.add('held');
  if (run.attentions.size > 0) present.add('needs_attention');
  if (run.unwinding && run.interruption?.kind === 'cancel') present.add('cancelling');
  return conditions.filter((one) => present.has(one));
}

/** What a person reads at the top of the workflow's page. Costs no event. */
export function tellDetails(run: Run): void {
  const order = run.order;
  const lines = [
    `**${order ? `Order ${order.number}` : 'Order'}** is **${run.stage}**`,
    // Without it the UI shows no list.
    '',
    ...conditionsOf(run).map((one) => `- **${conditionWording[one].title}**: ${textOf(run, one)}`),
    ...run.fulfillments.map(
      (one) =>
        `- ${one.units} from ${one.warehouse}: ${one.stage}${one.carrier ? ` with ${one.carrier}` : ''}`,
    ),
  ];
  setCurrentDetails(lines.join('\n'));
}

function textOf(run: Run, one: Condition): string {
  if (one === 'needs_attention')
    return [...run.attentions.values()].map(({ sentence }) => sentence).join('; ');
  const wait = [...run.waits].find((candidate) => candidate.condition === one);
  return wait?.text ?? conditionWording[one].sentence;
}

/** Writes go one after the other, each with what holds when its turn comes. */
export async function tellStanding(run: Run): Promise<void> {
  const write = async () => {
    const present = conditionsOf(run);
    const shown = present[0];
    const waits = [...run.waits];
    const deadlines = waits.flatMap(({ deadline }) => deadline ?? []).sort();
    tellDetails(run);
    tellSearch(run);
    await record(
      'setStanding',
      {
        orderId: run.input.orderId,
        conditions: present,
        waitingFor: shown ? textOf(run, shown) : null,
        deadline: deadlines[0] ?? null,
        reservedUntil: reservedUntil(run),
      },
      shown ? `Now ${conditionWording[shown].title.toLowerCase()}` : 'Moving again',
    );
  };
  run.standing = run.standing.then(write, write);
  await run.standing;
}

const HOUR = 3_600_000;

/** What becomes of a wait whose deadline has passed without what it waited for. */
export type Overdue = 'give-up' | { step: string; reason: string; sentence: string; actions: string[] };

/**
 * Waits in plain sight until `ready`. When the durable deadline ends first, either answers false at once, or
 * asks a person and goes on waiting.
 */
export async function waitFor(
  run: Run,
  wait: { condition: Condition; text: string; hours: number; overdue: Overdue },
  ready: () => boolean,
): Promise<boolean> {
  const shown: Wait = {
    condition: wait.condition,
    text: wait.text,
    deadline: new Date(Date.now() + wait.hours * HOUR).toISOString(),
  };
  run.waits.add(shown);
  try {
    await tellStanding(run);
    if (await readyBefore(() => shown.deadline, wait.text, ready)) return true;
    if (wait.overdue === 'give-up') return false;
    shown.deadline = null;
    await park(run, { fulfillmentId: null, ...wait.overdue, lastError: null }, ready);
    return ready();
  } finally {
    run.waits.delete(shown);
    if (!run.interruption) await tellStanding(run);
  }
}

/** The deadline may be moved while it runs. False when it has passed. */
export async function readyBefore(
  deadline: () => string | null,
  summary: string,
  ready: () => boolean,
): Promise<boolean> {
  for (;;) {
    if (ready()) return true;
    const until = deadline();
    const left = until === null ? 0 : Date.parse(until) - Date.now();
    if (left <= 0) return false;
    await condition(() => ready() || deadline() !== until, left, { summary });
  }
}

export interface Parked {
  step: string;
  fulfillmentId: string | null;
  reason: string;
  sentence: string;
  lastError: string | null;
  actions: string[];
}

/**
 * Parks until a person answers, or until what was missing comes by itself. Nothing is lost and nothing fails. True when
 * the answer is to do without it.
 */
export async function park(run: Run, parked: Parked, ready: () => boolean = () => false): Promise<boolean> {
  const attentionId = uuid4();
  const open: OpenAttention = { ...parked };
  // Before it can be answered, so that no answer comes before its row.
  await record('openAttention', { orderId: run.input.orderId, attentionId, ...parked }, parked.sentence);
  run.attentions.set(attentionId, open);
  try {
    await tellStanding(run);
    await condition(() => !run.attentions.has(attentionId) || ready());
    return open.skipped ?? false;
  } finally {
    const answered = !run.attentions.delete(attentionId);
    if (!answered && !run.interruption) await resolveByItself(run, attentionId);
    if (!run.interruption) await tellStanding(run);
  }
}

async function resolveByItself(run: Run, attentionId: string): Promise<void> {
  const { orderId } = run.input;
  await record(
    'resolveAttention',
    { orderId, attentionIds: [attentionId], resolution: 'no longer needed', actor: 'engine' },
    'No longer needs attention',
  );
}

export interface Place {
  step: string;
  fulfillmentId: string | null;
  /** What could not be done: "buy the label for the parcel from BER". */
  what: string;
  /** What else a person may do about it. */
  also?: string[];
}

/** Runs a step; when its retries are used up or it is refused, parks, and runs it again when a person says so. */
export async function parkable<T>(
  run: Run,
  place: Place,
  step: (round: number) => Promise<T>,
  /** Given where a person may do without it. */
  skip: (() => T) | null = null,
): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await step(round);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = readFailure(error);
      if (failure.ending) await giveWay(run, failure.ending);
      const skipped = await park(run, {
        step: place.step,
        fulfillmentId: place.fulfillmentId,
        reason: failure.reason,
        sentence: sentenceOf(place, failure),
        lastError: failure.message,
        actions: [
          ...(isOpen(run) && !run.interruption ? ['retry', 'cancel'] : ['retry']),
          ...(place.also ?? []),
          ...(skip ? ['skip'] : []),
        ],
      });
      if (skipped && skip) return skip();
    }
  }
}

/**
 * The way's generation was buried and the workflow does not know: the task that did it died with its worker, and with it
 * the message that it was done for. Nothing can be done under it any more, so the undo is taken up as what it was.
 */
async function giveWay(run: Run, kind: Interruption['kind']): Promise<void> {
  if (run.interruption || !run.way || !patched('undo-taken-up')) return;
  interrupt(run, { kind, actor: 'engine', reason: 'its undo was broken off' });
  // Only steps of the way belong to a generation: the cancel of its scope ends this.
  await condition(() => false);
}

const sentenceOf = (place: Place, failure: StepFailure): string =>
  failure.refused
    ? `Could not ${place.what}, and asking again alone will not help: ${failure.message}`
    : `Could not ${place.what}, however often it was tried: ${failure.message}`;
