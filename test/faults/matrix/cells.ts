/** Which cells of the matrix are run. */
import { seededRandom, shuffled } from '../../../sandbox/random.ts';
import { type Row, rows } from './calls.ts';
import { type Cell, titleOf } from './drive.ts';
import { type Column, columnNames, columns, type ColumnName } from './faults.ts';

const endings = ['healed', 'never'] as const;

/** Slow ones first, so that they are not what is waited for in the end. */
export function allCells(): Cell[] {
  const cells = rows.flatMap((row) =>
    columnNames.flatMap((column) => endings.map((ending) => ({ number: 0, row, column, ending }))),
  );
  return cells
    .filter(isDifferent)
    .toSorted((a, b) => Number(isSlow(b)) - Number(isSlow(a)))
    .map((cell, number) => ({ ...cell, number }));
}

const isSlow = ({ column }: { column: ColumnName }) => (columns[column] as Column).slow === true;

/** A refusal is final, whatever would become of it later: healed and never are the same. */
const isDifferent = ({ column, ending }: Omit<Cell, 'number'>) =>
  ending === 'never' || columns[column].kind !== 'refusal';

/** Each row with something that may work later and with something else, by the seed's choice; and each fault once. */
function someCells(seed: number): Cell[] {
  const random = seededRandom(seed);
  const pool = shuffled(allCells(), random);
  const chosen = new Map<string, Cell>();
  for (const cell of pool) {
    const place = `${cell.row.operation}/${columns[cell.column].kind === 'before'}`;
    if (!isSlow(cell) && !chosen.has(place)) chosen.set(place, cell);
  }
  for (const column of columnNames) {
    const known = [...chosen.values()].some((cell) => cell.column === column);
    const one = pool.find((cell) => cell.column === column && cell.ending === 'healed' && isQuick(cell.row));
    if (!known) chosen.set(column, one ?? pool.find((cell) => cell.column === column)!);
  }
  return [...chosen.values()].toSorted((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
}

/** Shops are given up after ten seconds, others after up to thirty. */
const isQuick = ({ operation }: Row) => /^(shopify|woocommerce)\./.test(operation);

export function chosenCells(env: NodeJS.ProcessEnv): { cells: Cell[]; seed: number } {
  const seed = Number(env['FAULTS_SEED'] ?? 20_261_130);
  const only = env['FAULTS_ONLY'];
  if (only) return { cells: allCells().filter((cell) => titleOf(cell).includes(only)), seed };
  return { cells: env['FAULTS'] === 'all' ? allCells() : someCells(seed), seed };
}
