/** Looking for customers where none may be found. */
import type { Client } from '@temporalio/client';
import type { Person } from './commerce.ts';

/** All that Temporal keeps of each workflow and shows of it, payloads decoded, by workflow and run. */
export async function temporalTexts(client: Client): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const seen = [await handle.fetchHistory(), (await handle.describe()).raw];
    texts[`${workflowId}/${runId}`] = JSON.stringify(seen.map(readable));
  }
  return texts;
}

/** As plain data, payloads' bytes as the text that they are (protobuf's own JSON would have them in base64). */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array || ArrayBuffer.isView(value))
    return Buffer.from(value as Uint8Array).toString();
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}

/** Each finding: where, what, and what stands around it. Whatever the case, and also in Latin letters. */
export function tellsOf(texts: Record<string, string>, people: readonly Person[]): string[] {
  const wanted = [...new Set(people.flatMap(stringsOf).flatMap((text) => [text, latin(text)]))];
  return Object.entries(texts).flatMap(([where, text]) => {
    const lower = text.toLowerCase();
    return wanted.flatMap((word) => {
      const at = lower.indexOf(word);
      return at < 0 ? [] : [`${where}: "${word}" in …${text.slice(Math.max(0, at - 120), at + 120)}…`];
    });
  });
}

function stringsOf({ firstName, lastName, street, phone, email }: Person): string[] {
  const words = [firstName, lastName, ...street.split(/\s+/)].filter((word) => word.length > 2);
  const whole = [`${firstName} ${lastName}`, street, phone, phone.replace(/\D/g, ''), email];
  return [...words, ...whole].map((text) => text.toLowerCase());
}

const latin = (text: string) => text.replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '');
