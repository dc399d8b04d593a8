/** What happens in one run, drawn from its seed: twenty orders, what people do with them, and what fails. */
import type { FaultRequest } from '../../../sandbox/faults.ts';
import { seededRandom } from '../../../sandbox/random.ts';
import { rows } from '../matrix/calls.ts';
import { type Column, columnNames, columns } from '../matrix/faults.ts';

export const ordersPerRun = 20;

export type Place = 'shop' | 'site' | 'provider';
export type Deed =
  | 'cancel'
  | 'cancel in shop'
  | 'hold in shop'
  | 'change-address'
  | 'edit-lines'
  | 'refund'
  | 'hold'
  | 'deliver';

export interface PlannedOrder {
  /** Unique over all runs. */
  number: number;
  place: Place;
  quantity: number;
  /** The shop has it on hold from its first moment on. */
  held: boolean;
  faults: Omit<FaultRequest, 'about'>[];
  /** In the order of their time, in milliseconds from the order's beginning. */
  deeds: { deed: Deed; at: number }[];
}

const places: Place[] = ['shop', 'shop', 'shop', 'site', 'site', 'provider'];
const parties = { shop: 'shopify.', site: 'woocommerce.', provider: 'stripe.' } as const;

/** `slow`: with calls that are never answered, each of which takes as long as its time-out. */
export function planRun(run: number, seed: number, slow: boolean): PlannedOrder[] {
  const random = seededRandom(seed * 1_000_003 + run);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chance = (probability: number) => random() < probability;

  const fault = (place: Place): PlannedOrder['faults'][number] => {
    const own = rows.filter(
      ({ operation }) => operation.startsWith(parties[place]) || operation.startsWith('ups.'),
    );
    const quick = columnNames.filter((name) => !(columns[name] as Column).slow || (chance(0.15) && slow));
    const lasts = chance(0.25);
    const { operation } = pick(own);
    return {
      ...columns[pick(quick)].fault,
      operation,
      ...(lasts ? {} : { times: 1 + Math.floor(random() * 4) }),
    };
  };
  const deeds = (place: Place): PlannedOrder['deeds'] => {
    const wished: [Deed, number][] = [
      ['cancel', 0.25],
      ['cancel in shop', place === 'provider' ? 0 : 0.08],
      ['hold in shop', place === 'shop' ? 0.1 : 0],
      ['change-address', 0.15],
      ['edit-lines', 0.15],
      ['refund', 0.1],
      ['hold', 0.1],
      ['deliver', 0.4],
    ];
    return wished
      .filter(([, probability]) => chance(probability))
      .map(([deed]) => ({ deed, at: Math.floor(random() * 6000) }))
      .toSorted((a, b) => a.at - b.at);
  };
  return Array.from({ length: ordersPerRun }, (_, index) => {
    const place = pick(places);
    const faults = chance(0.55)
      ? Array.from({ length: 1 + Math.floor(random() * 3) }, () => fault(place))
      : [];
    return {
      number: run * ordersPerRun + index,
      ...{ place, quantity: 1 + Math.floor(random() * 3), faults, deeds: deeds(place) },
      held: place === 'shop' && chance(0.1),
    };
  });
}
