import express, { type Request, type RequestHandler } from 'express';
import { invalid, Problem } from '../problem.ts';

const LARGEST_JSON = 1024 * 1024;
const LARGEST_WEBHOOK = 5 * 1024 * 1024;
const DEEPEST = 32;

/** The body's bytes as they came (a compressed one unpacked), whatever its content type says. */
export const rawWebhookBody = express.raw({ type: () => true, limit: LARGEST_WEBHOOK });
const rawJsonBody = express.raw({ type: () => true, limit: LARGEST_JSON });

/** Reads the bytes of a JSON request: another content type is refused before they are read. */
export const jsonBytes: RequestHandler = (request, response, next) => {
  if (hasBody(request) && !isJson(request.headers['content-type']))
    throw new Problem('unsupported-media-type', 'The body must be application/json in UTF-8.');
  rawJsonBody(request, response, next);
};

function hasBody(request: Request): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

function isJson(contentType = ''): boolean {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  return /^application\/(json|[\w.-]+\+json)$/.test(type) && (charset ?? 'utf-8') === 'utf-8';
}

/** undefined for no body. Throws `Problem` for what is no JSON, or JSON that PostgreSQL could not keep. */
export function parseJsonBody(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  const value = parse(decode(bytes));
  refuseTraps(value);
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed-json', 'The body is not valid UTF-8.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem('malformed-json', error instanceof Error ? error.message : 'The body is not JSON.');
  }
}

/**
 * What is valid JSON and still does harm further in: nesting that overflows a stack, keys that reach an object's
 * prototype, characters that PostgreSQL can't hold. Walks without recursion.
 */
function refuseTraps(root: unknown): void {
  const open: { value: unknown; path: string[] }[] = [{ value: root, path: [] }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { value, path } = at;
    const field = path.join('.');
    if (path.length > DEEPEST) throw invalid({ field, message: `is nested deeper than ${DEEPEST} levels` });
    if (typeof value === 'string') refuseUnkeepable(value, field);
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') throw invalid({ field, message: 'has a key "__proto__"' });
      refuseUnkeepable(key, field);
      open.push({ value: inner, path: [...path, key] });
    }
  }
}

export function refuseUnkeepable(text: string, field: string): void {
  if (text.includes('\0') || !text.isWellFormed())
    throw invalid({
      field,
      message: 'holds a character that can not be kept (NUL or half a surrogate pair)',
    });
}
