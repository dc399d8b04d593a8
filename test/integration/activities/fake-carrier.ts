import { z } from 'zod';
import type {
  BoughtLabel,
  Carrier,
  CarrierClient,
  Rate,
  TrackingScan,
} from '../../../connectors/carriers/carrier.ts';
import { PartyFailure } from '../../../connectors/failure.ts';

type Method = Exclude<keyof CarrierClient, 'watch'>;

/** A carrier in memory that sells a new label at every call, as most do. */
export interface FakeCarrier {
  carrier: Carrier;
  rates: Rate[];
  sold: (BoughtLabel & { reference: string; voided: boolean })[];
  requests: unknown[];
  scans: Map<string, TrackingScan[]>;
  calls: Method[];
  /** What `findLabel` knows: everything, nothing yet, or it can't tell. */
  lookUp: 'works' | 'lags' | 'cannot-tell';
  /** Its parcels have left: it voids no more. */
  left: boolean;
  /** The next calls of this method fail; `after` its effect: then only the answer is lost. */
  fail(method: Method, failure: Error, when?: 'before' | 'after'): void;
  /** Runs inside the next call of this method, after its effect. */
  meanwhile(method: Method, work: () => Promise<unknown>): void;
}

export const lost = new PartyFailure('no answer', {
  party: 'carrier',
  kind: 'retry',
  effect: 'unknown',
  code: 'timeout',
});
export const refused = new PartyFailure('invalid postal code 20095', {
  party: 'carrier',
  kind: 'refuse',
  effect: 'none',
  code: '120802',
});

export const rate = (service: string, minor: number, transitDays: number | null = null): Rate => ({
  service,
  serviceName: service,
  price: { minor, currency: 'EUR' },
  transitDays,
});

export function createFakeCarrier(name: string, change: Partial<Carrier> = {}): FakeCarrier {
  const failures: { method: Method; failure: Error; when: 'before' | 'after' }[] = [];
  const works: { method: Method; work: () => Promise<unknown> }[] = [];
  const take = <T extends { method: Method }>(list: T[], method: Method, also = (_: T) => true) => {
    const index = list.findIndex((one) => one.method === method && also(one));
    return index < 0 ? undefined : list.splice(index, 1)[0];
  };
  async function call<T>(method: Method, effect: () => T): Promise<T> {
    fake.calls.push(method);
    const before = take(failures, method, ({ when }) => when === 'before');
    if (before) throw before.failure;
    await new Promise(setImmediate);
    const answer = effect();
    await take(works, method)?.work();
    const after = take(failures, method, ({ when }) => when === 'after');
    if (after) throw after.failure;
    return answer;
  }
  const client: CarrierClient = {
    rates: () => call('rates', () => fake.rates),
    labelRequest: ({ reference, to, parcel }, service) => ({ reference, service, to, parcel }),
    buyLabel: (request) =>
      call('buyLabel', () => {
        fake.requests.push(request);
        const number = fake.sold.length + 1;
        const { reference } = request as { reference: string };
        const label = { ...labelOf(`${name}-${number}`), reference, voided: false };
        fake.sold.push(label);
        return labelOf(label.trackingNumber);
      }),
    findLabel: (reference) =>
      call('findLabel', () => {
        if (fake.lookUp === 'cannot-tell') return { found: 'cannot-tell' as const };
        const label = fake.sold.find((one) => one.reference === reference && !one.voided);
        if (fake.lookUp === 'lags' || !label) return { found: null };
        return { found: { ...labelOf(label.trackingNumber), cost: null } };
      }),
    voidLabel: ({ shipmentId }) =>
      call('voidLabel', () => {
        if (fake.left) return 'refused' as const;
        for (const label of fake.sold) if (label.shipmentId === shipmentId) label.voided = true;
        return 'voided' as const;
      }),
    track: (trackingNumber) => call('track', () => fake.scans.get(trackingNumber) ?? []),
  };
  const fake: FakeCarrier = {
    carrier: {
      name,
      title: name.toUpperCase(),
      credentials: z.object({}),
      connect: () => client,
      trackingUrl: (number) => `https://track.example.com/${number}`,
      webhooks: null,
      ...change,
    },
    rates: [rate('standard', 500, 2)],
    sold: [],
    requests: [],
    scans: new Map(),
    calls: [],
    lookUp: 'works',
    left: false,
    fail: (method, failure, when = 'before') => void failures.push({ method, failure, when }),
    meanwhile: (method, work) => void works.push({ method, work }),
  };
  return fake;
}

const labelOf = (trackingNumber: string): BoughtLabel => ({
  trackingNumber,
  shipmentId: `s-${trackingNumber}`,
  cost: { minor: 480, currency: 'EUR' },
  format: 'PDF',
  document: Buffer.from('%PDF-1.7'),
});
