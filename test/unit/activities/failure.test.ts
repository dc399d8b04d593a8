import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { pino } from 'pino';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { guarded, Refusal } from '../../../activities/failure.ts';
import { PartyFailure } from '../../../connectors/failure.ts';
import { StepUndone } from '../../../db/steps.ts';
import { NobodyShips } from '../../../db/stock/allocate.ts';
import { LotsExpired } from '../../../db/stock/lots.ts';
import { order } from '../domain/sample.ts';

const lines: string[] = [];
const deps = {
  orm: { em: { fork: () => ({ execute: async () => [{ snapshot: order() }] }) } },
  log: pino({ level: 'debug' }, { write: (text: string) => void lines.push(text) }),
} as unknown as ActivityDeps;

/** What leaves a step that throws this. */
async function failureOf(error: unknown): Promise<ApplicationFailure> {
  lines.length = 0;
  const { step } = guarded(deps, {
    step: async (_: { orderId?: string }): Promise<void> => {
      throw error;
    },
  });
  return step({ orderId: 'o1' }).then(
    () => Promise.reject(new Error('it did not fail')),
    (failure: ApplicationFailure) => failure,
  );
}

const party = (change: Partial<ConstructorParameters<typeof PartyFailure>[1]>) =>
  new PartyFailure('the words of ups', {
    party: 'ups',
    kind: 'retry',
    effect: 'none',
    code: 'http-503',
    ...change,
  });

describe('classification', () => {
  const table: [what: string, thrown: unknown, expected: object][] = [
    [
      'a party that may work later',
      party({}),
      { type: 'Unavailable', nonRetryable: false, reason: 'ups_unavailable', effectUnknown: false },
    ],
    [
      'one whose answer was lost',
      party({ effect: 'unknown', code: 'timeout' }),
      { type: 'Unavailable', nonRetryable: false, reason: 'ups_unavailable', effectUnknown: true },
    ],
    [
      'one that says when (429)',
      party({ code: 'http-429', retryAfterMs: 4_321 }),
      {
        type: 'Unavailable',
        nonRetryable: false,
        reason: 'ups_unavailable',
        effectUnknown: false,
        delay: 4_321,
      },
    ],
    [
      'a party’s refusal',
      party({ kind: 'refuse', code: '120802' }),
      { type: 'Refused', nonRetryable: true, reason: 'ups_refused', effectUnknown: false },
    ],
    [
      'a refusal of our own',
      new Refusal('no_rate', 'None offered a rate'),
      { type: 'Refused', nonRetryable: true, reason: 'no_rate', effectUnknown: false },
    ],
    [
      'lots past their expiry',
      new LotsExpired('MUG', 'B', 2),
      { type: 'Refused', nonRetryable: true, reason: 'lots_expired', effectUnknown: false },
    ],
    [
      'stock that nobody ships',
      new NobodyShips('o1'),
      { type: 'Refused', nonRetryable: true, reason: 'nobody_ships', effectUnknown: false },
    ],
    [
      'a step that was undone',
      new StepUndone({ orderId: 'o1', step: 'reserve', generation: 1 }),
      { type: 'Undone', nonRetryable: true, reason: 'undone', effectUnknown: false },
    ],
    [
      'anything else',
      new TypeError('x is not a function'),
      { type: 'Internal', nonRetryable: false, reason: 'internal', effectUnknown: true },
    ],
    [
      'no error at all',
      'thrown text',
      { type: 'Internal', nonRetryable: false, reason: 'internal', effectUnknown: true },
    ],
  ];

  it.each(table)('%s', async (_, thrown, expected) => {
    const failure = await failureOf(thrown);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    const { type, nonRetryable, details, nextRetryDelay } = failure;
    const [facts] = details as [object];
    expect({ type, nonRetryable, ...facts, delay: nextRetryDelay }).toEqual({
      delay: undefined,
      ...expected,
    });
  });

  it('lets a cancellation through as it is', async () => {
    const cancelled = new CancelledFailure('cancelled');
    expect(await failureOf(cancelled)).toBe(cancelled);
  });
});

it('no personal data leaves in the message, the cause or the log, and no original error is attached', async () => {
  const echo = new PartyFailure(
    'Invalid: SAMPLE PERSON, Beispielweg 1, 10115 Berlin, sample.person@example.com, 15550100',
    {
      party: 'ups',
      kind: 'refuse',
      effect: 'none',
      code: '120802',
    },
  );
  const failure = await failureOf(echo);
  expect(failure.message).toBe(
    'ups: Invalid: [redacted], [redacted], [redacted] [redacted], [redacted], [redacted] (120802)',
  );
  expect(failure.cause).toBeUndefined();
  const everything = `${JSON.stringify(failure)} ${failure.stack ?? ''} ${lines.join('')}`;
  for (const personal of ['SAMPLE', 'Person', 'Beispielweg', '10115', 'Berlin', 'sample.person', '5550100'])
    expect(everything.toLowerCase()).not.toContain(personal.toLowerCase());
  expect(JSON.parse(lines[0]!)).toMatchObject({ orderId: 'o1', reason: 'ups_refused', final: true });
});

it('a step that succeeds answers as it does', async () => {
  const { step } = guarded(deps, { step: async ({ n }: { n: number }) => n + 1 });
  expect(await step({ n: 1 })).toBe(2);
});
