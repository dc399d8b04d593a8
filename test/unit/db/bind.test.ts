import { describe, expect, it } from '@jest/globals';
import { raw } from '@mikro-orm/postgresql';
import { bind } from '../../../db/bind.ts';

const quote = {
  inText: (fragment: unknown) => (fragment as { sql: string }).sql,
  identifier: (name: string) => `"${name}"`,
};
const bound = (sql: string, ...params: unknown[]) => {
  const { text, values } = bind(sql, params, quote);
  return { text, values };
};

describe('a statement with its values beside it', () => {
  it('leaves one without values as it is, also its question marks', () => {
    expect(bound(`select '?'`)).toEqual({ text: `select '?'`, values: [] });
  });

  it.each([
    ['select 1', true],
    [' with a as (select 1)\n select * from a', true],
    ['select 1; select 2', false],
    ['commit', false],
    ['create table selected (id int)', false],
  ])('without values is prepared where it is one question: %s', (sql, prepared) => {
    expect('name' in bind(sql, [], quote)).toBe(prepared);
  });

  it('numbers its places, and leaves the type of texts, times and nulls to PostgreSQL', () => {
    const at = new Date('2026-11-24T12:00:00Z');
    expect(bound('select ?, ?, ?', 'a?b', null, at)).toEqual({
      text: 'select $1, $2, $3',
      values: ['a?b', null, '2026-11-24T12:00:00.000Z'],
    });
  });

  it.each([
    [5, '$1::int4'],
    [-(2 ** 31), '$1::int4'],
    [2 ** 31, '$1::int8'],
    [Number.MAX_SAFE_INTEGER, '$1::int8'],
    [0.5, '$1::numeric'],
    [true, '$1::bool'],
  ])('gives %p the type that it would have in the text', (value, text) => {
    expect(bound('?', value)).toEqual({ text, values: [value] });
  });

  it('makes a list of an array, JSON of an object, and text of a bigint', () => {
    expect(bound('a in (?) and b = ? and c = ?', ['x', 2], { n: [1] }, 3n)).toEqual({
      text: 'a in ($1, $2::int4) and b = $3 and c = $4',
      values: ['x', 2, '{"n":[1]}', '3'],
    });
  });

  it('sends bytes as bytes', () => {
    const bytes = Buffer.from([0, 255]);
    expect(bound('?', bytes).values[0]).toBe(bytes);
  });

  it('writes identifiers and fragments into the text, and keeps a question mark that is meant', () => {
    expect(bound(String.raw`select ?? from t where a \? ? and b > ?`, 'id', 'k', raw('now()'))).toEqual({
      text: 'select "id" from t where a ? $1 and b > now()',
      values: ['k'],
    });
  });

  it('names the same text the same, another one otherwise', () => {
    const nameOf = (sql: string, ...params: unknown[]) => bind(sql, params, quote).name;
    expect(nameOf('select ? as named', 'a')).toBe(nameOf('select ? as named', 'b'));
    expect(nameOf('select ? as named', 'a')).not.toBe(nameOf('select ? as named', 1));
  });
});
