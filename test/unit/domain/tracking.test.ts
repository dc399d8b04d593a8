import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  progress,
  stageOf,
  stageReached,
  trackingStatuses,
  type ScanFact,
  type TrackingStatus,
} from '../../../domain/tracking.ts';

const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
const scan = (status: TrackingStatus, at: number): ScanFact => ({ status, at: minute(at) });
const scans = fc.array(
  fc.record({ status: fc.constantFrom(...trackingStatuses), at: fc.nat({ max: 20 }).map(minute) }),
  { maxLength: 8 },
);

describe('progress', () => {
  it.each<[TrackingStatus | null, ScanFact[], TrackingStatus | null]>([
    [null, [], null],
    ['in_transit', [], 'in_transit'],
    [null, [scan('label_created', 0)], 'label_created'],
    ['out_for_delivery', [scan('in_transit', 9)], 'out_for_delivery'],
    ['delivered', [scan('out_for_delivery', 9), scan('exception', 10)], 'delivered'],
    ['delivered', [scan('returned', 9)], 'returned'],
    ['returned', [scan('delivered', 9)], 'returned'],
    [null, [scan('exception', 5), scan('out_for_delivery', 4)], 'exception'],
    [null, [scan('exception', 5), scan('in_transit', 6)], 'in_transit'],
    [null, [scan('exception', 5), scan('handed_over', 6)], 'exception'],
    ['label_created', [scan('delivered', 5)], 'delivered'],
    [null, [scan('delivered', 5), scan('in_transit', 5), scan('handed_over', 5)], 'delivered'],
  ])('%s with %j is %s', (current, given, expected) => {
    expect(progress(current, given)).toBe(expected);
  });

  it('compares instants, not text', () => {
    const given: ScanFact[] = [
      { status: 'exception', at: '2026-01-01T10:00:00+02:00' },
      { status: 'in_transit', at: '2026-01-01T09:00:00.5Z' },
    ];
    expect(progress(null, given)).toBe('in_transit');
  });

  it('does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(scans, (given) => {
        expect(progress(null, given.toReversed())).toBe(progress(null, given));
      }),
    );
  });

  it('never leaves delivered but for a return, nor a return at all, whatever comes later', () => {
    fc.assert(
      fc.property(scans, (later) => {
        expect(['delivered', 'returned']).toContain(progress('delivered', later));
        expect(progress('returned', later)).toBe('returned');
      }),
    );
  });
});

describe('stages', () => {
  it('are proven by status', () => {
    expect(trackingStatuses.map((status) => [status, stageOf(status)])).toEqual([
      ['label_created', 'labelled'],
      ['handed_over', 'shipped'],
      ['in_transit', 'shipped'],
      ['out_for_delivery', 'shipped'],
      ['delivered', 'delivered'],
      ['exception', null],
      ['returned', 'shipped'],
    ]);
  });

  it.each<[ScanFact[], ReturnType<typeof stageReached>]>([
    [[], null],
    [[scan('exception', 1)], null],
    [[scan('handed_over', 1), scan('exception', 2)], 'shipped'],
    [[scan('delivered', 3), scan('label_created', 1)], 'delivered'],
  ])('of %j the furthest is %s', (given, expected) => {
    expect(stageReached(given)).toBe(expected);
  });
});
