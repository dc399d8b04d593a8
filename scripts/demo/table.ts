import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';
import type { Row, SeenOrder } from './watch.ts';

interface Column {
  title: string;
  cell(row: Row, seen: SeenOrder | null): string;
  right?: true;
}

const lines = (parts: (string | null)[]): string => parts.map((part) => part ?? '').join('\n');
const money = ({ amount, currency }: { amount: string; currency: string }): string => `${amount} ${currency}`;

const columns: Column[] = [
  { title: 'Order', cell: (_, seen) => seen?.number ?? '…' },
  { title: 'Shop', cell: ({ at }) => at.plan.name },
  { title: 'To', cell: ({ order }) => order.to.country },
  { title: 'Stage', cell: (_, seen) => (seen ? paintStage(seen.stage) : '') },
  { title: 'Condition', cell: (_, seen) => (seen ? paintCondition(seen.condition) : '') },
  { title: 'From', cell: (_, seen) => lines(live(seen).map(({ warehouse }) => warehouse)) },
  {
    title: 'Carrier, tracking',
    cell: (_, seen) =>
      lines(live(seen).map(({ carrier, trackingNumber }) => carrier && `${carrier} ${trackingNumber ?? ''}`)),
  },
  { title: 'Total', cell: (_, seen) => (seen ? money(seen.total) : ''), right: true },
  {
    title: 'Label',
    cell: (_, seen) =>
      lines(
        live(seen).map(({ parcels }) => lines(parcels.map(({ labelCost }) => labelCost && money(labelCost)))),
      ),
    right: true,
  },
  { title: 'What it shows', cell: ({ order }) => order.shows },
];

/** Left out first where the terminal is narrow. */
const dispensable = ['What it shows', 'Label', 'Shop', 'Carrier, tracking', 'From'];

const live = (seen: SeenOrder | null) =>
  (seen?.fulfillments ?? []).filter(({ stage }) => stage !== 'cancelled');

/** `width` in characters. */
export function drawTable(rows: readonly Row[], width: number): string {
  for (let left = 0; ; left++) {
    const shown = columns.filter(({ title }) => !dispensable.slice(0, left).includes(title));
    const text = draw(rows, shown);
    if (left === dispensable.length || widthOf(text) <= width) return text;
  }
}

const widthOf = (text: string): number =>
  Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).trimEnd().length));

function draw(rows: readonly Row[], shown: readonly Column[]): string {
  const table = new Table({
    head: shown.map(({ title }) => styleText('bold', title)),
    colAligns: shown.map(({ right }) => (right ? 'right' : 'left')),
    style: { head: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: noBorders,
  });
  for (const row of rows) table.push(shown.map((column) => column.cell(row, row.seen)));
  return table.toString().replaceAll(/ +$/gm, '');
}

const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((end) => [`${side}${end}`, '']),
  ),
);

function paintStage(stage: string): string {
  if (stage === 'closed') return styleText('green', stage);
  if (stage === 'cancelled') return styleText('dim', stage);
  return stage;
}

function paintCondition(condition: string): string {
  const text = condition.replaceAll('_', ' ');
  if (condition === 'none') return '';
  return styleText(condition === 'needs_attention' ? 'red' : 'yellow', text);
}
