/** What alerts say, and how long a message of theirs is tried. */

export interface AlertNews {
  kind: 'low_stock' | 'lot_expiring';
  warehouse: string;
  sku: string;
  facts: Readonly<Record<string, unknown>>;
}

/** For people; plain text. */
export function describeAlert({ kind, warehouse, sku, facts }: AlertNews): { title: string; text: string } {
  const title =
    kind === 'low_stock' ? `${sku} runs low in ${warehouse}` : `A lot of ${sku} expires in ${warehouse}`;
  const lines = Object.entries(facts).map(([name, value]) => `${inWords(name)}: ${shown(value)}`);
  return { title, text: `${title}.\n\n${lines.join('\n')}\n` };
}

/** "daysOfCover" → "Days of cover" */
const inWords = (name: string) =>
  name.charAt(0).toUpperCase() + name.slice(1).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const shown = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '–';

/** Seconds from one attempt to the next, as Standard Webhooks advises: 31 hours and a half in all. */
const delays = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400];

/** The first attempt counts. */
export const DELIVERY_ATTEMPTS = delays.length + 1;

/** How long to wait after so many attempts; null: it is given up. */
export const retryDelaySeconds = (attempts: number): number | null => delays[attempts - 1] ?? null;
