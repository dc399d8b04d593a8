import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';

/** Rows of one kind, grouped by the account, shop or site that they belong to. */
export interface Table<Row> {
  get(group: string, key: string): Row | undefined;
  all(group: string): Row[];
  groups(): string[];
  /** Also how a changed row is saved. */
  put(group: string, key: string, row: Row): void;
  remove(group: string, key: string): void;
  clear(group: string): void;
}

export interface State {
  table<Row>(name: string): Table<Row>;
  /** 1, 2, 3 ... per counter, never the same again. */
  next(counter: string): number;
  /** Everything put so far is in the file when this returns: an answer is sent only after it. */
  flush(): void;
  reset(): void;
  close(): void;
}

type Entry = [table: string, group: string, key: string, row: unknown];
type Rows = Map<string, Map<string, Map<string, unknown>>>;

/**
 * In memory, and with `path` also in a file of one JSON line per change, so that a label paid for is still paid
 * for after a kill -9. The file is compacted when it is opened.
 */
export function openState(path?: string): State {
  const rows: Rows = new Map();
  if (path !== undefined && existsSync(path)) replay(rows, readFileSync(path, 'utf8'));
  let file = path === undefined ? undefined : compact(rows, path);
  let pending: string[] = [];

  const record = (...entry: Entry): void => {
    apply(rows, entry);
    if (file !== undefined) pending.push(JSON.stringify(entry));
  };
  const flush = (): void => {
    if (file === undefined || pending.length === 0) return;
    writeSync(file, pending.join('\n') + '\n');
    pending = [];
  };

  return {
    table: <Row>(name: string) => tableOf<Row>(rows, name, record),
    next(counter) {
      const value = ((rows.get('counters')?.get('')?.get(counter) as number | undefined) ?? 0) + 1;
      record('counters', '', counter, value);
      return value;
    },
    flush,
    reset() {
      for (const [table, groups] of rows) {
        if (table === 'counters') continue;
        for (const [group, keyed] of groups) for (const key of keyed.keys()) record(table, group, key, null);
      }
      flush();
    },
    close() {
      flush();
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function tableOf<Row>(rows: Rows, name: string, record: (...entry: Entry) => void): Table<Row> {
  const group = (key: string) => rows.get(name)?.get(key) as Map<string, Row> | undefined;
  return {
    get: (account, key) => group(account)?.get(key),
    all: (account) => [...(group(account)?.values() ?? [])],
    groups: () => [...(rows.get(name)?.keys() ?? [])],
    put: (account, key, row) => record(name, account, key, row),
    remove: (account, key) => record(name, account, key, null),
    clear: (account) => {
      for (const key of [...(group(account)?.keys() ?? [])]) record(name, account, key, null);
    },
  };
}

function apply(rows: Rows, [table, group, key, row]: Entry): void {
  const groups = rows.get(table) ?? new Map<string, Map<string, unknown>>();
  rows.set(table, groups);
  const keyed = groups.get(group) ?? new Map<string, unknown>();
  groups.set(group, keyed);
  if (row === null) keyed.delete(key);
  else keyed.set(key, row);
}

/** A process killed while writing leaves half a line at the end: that change was never answered. */
function replay(rows: Rows, text: string): void {
  const lines = text.split('\n');
  const whole = lines.slice(0, -1);
  for (const [index, line] of whole.entries()) {
    try {
      apply(rows, JSON.parse(line) as Entry);
    } catch (error) {
      throw new Error(`sandbox state: line ${index + 1} is damaged`, { cause: error });
    }
  }
}

function compact(rows: Rows, path: string): number {
  const lines: string[] = [];
  for (const [table, groups] of rows)
    for (const [group, keyed] of groups)
      for (const [key, row] of keyed) lines.push(JSON.stringify([table, group, key, row]));
  writeFileSync(`${path}.new`, lines.map((line) => `${line}\n`).join(''));
  renameSync(`${path}.new`, path);
  return openSync(path, 'a');
}
