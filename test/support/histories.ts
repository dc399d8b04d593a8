/** Histories of the workflows as they ran once, kept in the repository: what every later version must replay. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { root } from '../../scripts/embedded/paths.ts';

const folder = path.join(root, 'test/histories');

/** One step of each sort: a decision, a wait, a purchase, a word to the store, an undo; and whole orders. */
const kept = ['review', 'reserve', 'buyLabel', 'announce', 'voidLabel', 'release', 'order', 'detour'];

/** Only when SAVE_HISTORIES is set, after a deliberate change of the workflows. */
export async function keepHistory(handle: WorkflowHandle, step: string, kind: string): Promise<void> {
  if (!process.env['SAVE_HISTORIES'] || !kept.includes(step)) return;
  // Stack traces name the folders of the machine, and no replay reads them.
  const history = JSON.stringify(await handle.fetchHistory(), (name, value) =>
    name === 'stackTrace' ? '' : value,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${step}-${kind}.json`), `${history}\n`);
}

/** As the worker takes it for a replay. */
export const readHistory = (text: string) =>
  temporal.api.history.v1.History.fromObject(JSON.parse(text) as object);

export function savedHistories(): { name: string; text: string }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      text: readFileSync(path.join(folder, file), 'utf8'),
    }));
}

/** Every key and every text in what a history's steps were told and answered. */
export function payloadsOf(text: string): { keys: string[]; strings: string[] } {
  const keys = new Set<string>();
  const strings = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'string') strings.add(value);
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) for (const key of Object.keys(value)) keys.add(key);
    Object.values(value).forEach(collect);
  };
  JSON.parse(text, (name, value) => {
    if (name === 'data' && typeof value === 'string')
      collect(JSON.parse(Buffer.from(value, 'base64').toString()));
    if (name === 'message') collect(value);
    return value;
  });
  return { keys: [...keys], strings: [...strings] };
}
