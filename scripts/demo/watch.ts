/** Where the demo's orders are, as the API tells. */
import type { ApiClient } from '../api-client.ts';
import type { Placed } from './place.ts';

interface WireMoney {
  amount: string;
  currency: string;
}

/** What is read here of GET /v1/orders/{id}. */
export interface SeenOrder {
  id: string;
  number: string;
  externalId: string;
  stage: string;
  condition: string;
  country: string | null;
  total: WireMoney;
  why: { waitingFor: string | null; since: string | null };
  fulfillments: {
    id: string;
    warehouse: string;
    stage: string;
    carrier: string | null;
    trackingNumber: string | null;
    parcels: { trackingNumber: string | null; labelCost: WireMoney | null }[];
  }[];
  timeline: { what: string; detail: string }[];
  workflowUrl: string;
}

/** `seen` is null until the engine knows of the order. */
export interface Row extends Placed {
  seen: SeenOrder | null;
}

/** Reads every order that is not where it should be yet, and of the others those whose summary has changed. */
export async function look(
  api: ApiClient,
  placed: readonly Placed[],
  before: readonly Row[],
): Promise<Row[]> {
  const summaries = await readSummaries(api, placed);
  const rows: Row[] = [];
  for (const [index, one] of placed.entries()) {
    const known = before[index]?.seen ?? null;
    const summary = summaries.get(`${one.at.storeId}/${one.id}`);
    const isSame = known && summary && sayStanding(known) === sayStanding(summary);
    const settled = isSame && isWhereItShouldBe({ ...one, seen: known });
    const seen = settled || !summary ? known : await api.get<SeenOrder>(`/v1/orders/${summary.id}`);
    rows.push({ ...one, seen });
  }
  return rows;
}

type Summary = Pick<SeenOrder, 'id' | 'externalId' | 'stage' | 'condition'>;

async function readSummaries(api: ApiClient, placed: readonly Placed[]): Promise<Map<string, Summary>> {
  const summaries = new Map<string, Summary>();
  for (const storeId of new Set(placed.map(({ at }) => at.storeId))) {
    const { items } = await api.get<{ items: Summary[] }>(`/v1/orders?store=${storeId}&limit=200`);
    for (const item of items) summaries.set(`${storeId}/${item.externalId}`, item);
  }
  return summaries;
}

/** "labelled", or "received, held". */
export const sayStanding = ({ stage, condition }: Pick<SeenOrder, 'stage' | 'condition'>): string =>
  condition === 'none' ? stage : `${stage}, ${condition.replaceAll('_', ' ')}`;

/** As planned; or a person has moved it on since, here or in its shop, and then it is where that person wants it. */
export function isWhereItShouldBe({ order, seen }: Row): boolean {
  if (!seen) return false;
  const { stage, condition } = order.expected;
  if (seen.stage === stage && seen.condition === condition) return true;
  const corrected = condition !== 'none' && seen.condition === 'none' && seen.timeline.some(isCorrection);
  return corrected || seen.timeline.some(isByAPerson);
}

const isCorrection = ({ what }: SeenOrder['timeline'][number]): boolean => what === 'content_changed';

const personal = ['retry', 'cancel', 'hold', 'release', 'approve', 'hand_over'];

/** What the demo itself does says so. */
export const demoReason = 'Demo:';
const isByAPerson = ({ what, detail }: SeenOrder['timeline'][number]): boolean =>
  personal.includes(what) && !detail.startsWith(demoReason);
