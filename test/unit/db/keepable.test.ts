import { describe, expect, it } from '@jest/globals';
import { keepable } from '../../../db/keepable.ts';

const read = (json: string) => keepable(json, JSON.parse(json) as unknown);

describe('what PostgreSQL can keep', () => {
  it.each([
    ['{"a":"A\\u0000B","n":1,"x":null}', { a: 'AB', n: 1, x: null }],
    ['{"a":["\\ud83c","\\uDF75x"]}', { a: ['\uFFFD', '\uFFFDx'] }],
    ['{"a":{"b":"\\ud83c\\udf75"}}', { a: { b: '🍵' } }],
    ['{"a":"\\\\u0000"}', { a: '\\u0000' }],
    ['{"a":"Grüße 🍵","t":true}', { a: 'Grüße 🍵', t: true }],
  ])('of %s', (json, kept) => expect(read(json)).toEqual(kept));
});
