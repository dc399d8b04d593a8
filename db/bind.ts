import { isRaw } from '@mikro-orm/postgresql';

export interface Statement {
  /** Of the prepared statement; none where it would hardly come again. */
  name?: string;
  text: string;
  values: unknown[];
}

/** What stands in the text after all. */
export interface Quote {
  inText(fragment: unknown): string;
  identifier(name: string): string;
}

/** As many as a connection keeps prepared; further ones are parsed each time. */
const most = 600;
const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined && names.size < most) names.set(text, (name = `s${names.size}`));
  return name;
}

/**
 * MikroORM's placeholders (`?` a value or, of an array, a list of them; `??` an identifier; `\?` a question mark) as
 * PostgreSQL's. Numbers and booleans have the type that they would have in the text; of everything else PostgreSQL finds
 * the type by its place, as it does of a quoted text.
 */
export function bind(sql: string, params: readonly unknown[], quote: Quote): Statement {
  if (params.length === 0) {
    const name = isQuestion(sql) ? nameOf(sql) : undefined;
    return { ...(name !== undefined && { name }), text: sql, values: [] };
  }
  const values: unknown[] = [];
  const place = (value: unknown): string => {
    if (isRaw(value)) return quote.inText(value);
    if (Array.isArray(value)) return value.map(place).join(', ');
    return `$${values.push(onTheWire(value))}${castOf(value)}`;
  };
  let next = 0;
  const text = sql.replace(/\\\?|\?\??/g, (mark) => {
    if (mark === '\\?') return '?';
    const param = params[next++];
    return mark === '??' ? quote.identifier(param as string) : place(param);
  });
  const name = nameOf(text);
  return { ...(name !== undefined && { name }), text, values };
}

/** One statement: of several in one text, none can be prepared. */
const isQuestion = (sql: string) => /^\s*(select|with)\b[^;]*$/i.test(sql);

const INT4 = 2 ** 31;

function castOf(value: unknown): string {
  if (typeof value === 'boolean') return '::bool';
  if (typeof value !== 'number') return '';
  if (!Number.isSafeInteger(value)) return '::numeric';
  return value >= -INT4 && value < INT4 ? '::int4' : '::int8';
}

function onTheWire(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value) || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
