import { pino } from 'pino';
import type { ApiDeps } from '../../../api/deps.ts';
import { createBackground } from '../../../api/background.ts';
import { carriers } from '../../../connectors/carriers/registry.ts';
import { payments } from '../../../connectors/payments/registry.ts';
import { storefronts } from '../../../connectors/storefronts/registry.ts';

/** An API for what needs neither database nor Temporal: to reach for one is an error. */
export function startedNowhere(change: Partial<ApiDeps> = {}): ApiDeps {
  const log = pino({ level: 'silent' });
  const away = (what: string) =>
    new Proxy(
      {},
      {
        get() {
          throw new Error(`There is no ${what} here`);
        },
      },
    );
  return {
    orm: { em: { fork: () => away('database') } } as never,
    engine: away('Temporal') as never,
    secrets: away('secret') as never,
    storefronts,
    carriers,
    payments,
    config: {
      ...{ temporalUiUrl: 'http://temporal.example.com', trustedProxies: 0, booksCurrency: 'EUR' },
      mail: null,
      ...{ wrongKeysPerMinute: 200, costlyAtOnce: 4 },
    },
    temporalNamespace: 'default',
    log,
    clock: () => new Date('2026-11-24T12:00:00Z'),
    background: createBackground(log),
    metrics: {
      observe: () => undefined,
      countEvent: () => undefined,
      text: async () => ({ contentType: 'text/plain', body: '' }),
    },
    checkAnswers: true,
    ...change,
  };
}
