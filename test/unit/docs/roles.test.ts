import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { access } from '../../../api/access.ts';
import { roles } from '../../../db/entities/access.ts';

const guide = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

/** Each line under the head of the table, as its cells. */
function table(): string[][] {
  const [, section = ''] = /<!-- roles -->([^]*)<!-- \/roles -->/.exec(guide) ?? [];
  const rows = section.trim().split('\n');
  return rows.map((row) => row.split('|').slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()));
}

const asRow = ([name, allowed]: [string, readonly string[] | string]) => [
  `\`${name}\``,
  ...roles.map((role) => {
    if (typeof allowed === 'string') return allowed;
    return allowed.includes(role) ? '✓' : '';
  }),
];

it('the guide names each route with the roles that may use it, as the table of access does', () => {
  const [head, , ...rows] = table();
  expect(head).toEqual(['Route', ...roles]);
  expect(rows).toEqual(Object.entries(access).map(asRow));
});
