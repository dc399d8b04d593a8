import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as queries from '../../../connectors/storefronts/shopify/queries.ts';
import { root } from '../../../scripts/embedded/paths.ts';
import { rowsBeside } from '../../faults/matrix/beside-orders.ts';
import { rows } from '../../faults/matrix/calls.ts';
import { columns } from '../../faults/matrix/faults.ts';
import { allCells, chosenCells } from '../../faults/matrix/cells.ts';
import { faultKinds } from '../../../sandbox/faults.ts';

const sources = (folder: string) =>
  globSync(`connectors/${folder}/**/*.ts`, { cwd: root }).map((file) =>
    readFileSync(path.join(root, file), 'utf8'),
  );
const found = (folder: string, pattern: RegExp) =>
  sources(folder).flatMap((text) => [...text.matchAll(pattern)]);

function shopifyCalls(): string[] {
  const texts = Object.values(queries).filter((text) => /^(query|mutation) /.test(text));
  return texts.map((text) => `shopify.${/^\w+ (\w+)/.exec(text)![1]}`);
}

/** `rest.put(`/orders/${id}/notes`…` is `notes.…`. */
function wooCalls(): string[] {
  const verbs = { get: 'get', post: 'create', put: 'update' } as const;
  return found('storefronts/woocommerce', /rest\.(get|post|put)\(\s*['`]\/([^'`]+)['`]/g).map(
    ([, verb, place]) => {
      if (place === '${ref}') return `woocommerce.products.${verbs[verb as 'get']}`;
      const [first, one, part] = place!.split('/');
      const many = verb === 'get' && (one === undefined || part !== undefined);
      return `woocommerce.${part ?? first}.${many ? 'list' : verbs[verb as 'get']}`;
    },
  );
}

const upsPaths: [RegExp, string][] = [
  [/oauth\/token$/, 'token'],
  [/\/api\/rating\//, 'rate'],
  [/\/ship$/, 'ship'],
  [/\/void\/cancel\//, 'void'],
  [/\/recovery$/, 'recovery'],
  [/\/track\/v1\/details\//, 'track'],
  [/\/track\/v1\/reference\//, 'track-reference'],
];
const upsCalls = () =>
  found('carriers/ups', /path(?::| =) ['`](\/[^'`]+)['`]/g).map(
    ([, place]) => `ups.${upsPaths.find(([pattern]) => pattern.test(place!))?.[1] ?? place}`,
  );

const stripeCalls = () =>
  found('payments/stripe', /stripe\.(\w+)\.(\w+)\(/g).map(
    ([, thing, verb]) => `stripe.${thing!.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}.${verb}`,
  );

describe('the matrices of faults', () => {
  const calls = new Set([...shopifyCalls(), ...wooCalls(), ...upsCalls(), ...stripeCalls()]);
  const inMatrix = new Set(rows.map(({ operation }) => operation));

  it('have a row for each call to an outside party', () => {
    const beside = rowsBeside.map(({ operation }) => operation);
    expect([...inMatrix, ...beside].toSorted()).toEqual([...calls].toSorted());
  });

  it('has a column for each fault of the sandbox', () => {
    const kinds = new Set<string>(Object.values(columns).map(({ fault }) => fault.fault));
    expect([...kinds].toSorted()).toEqual([...faultKinds].toSorted());
  });

  it('has each call and each fault in the part that the suite runs, for any seed', () => {
    for (const seed of [1, 2, 3]) {
      const { cells } = chosenCells({ FAULTS_SEED: String(seed) });
      expect(new Set(cells.map(({ row }) => row.operation))).toEqual(inMatrix);
      expect(new Set(cells.map(({ column }) => column))).toEqual(new Set(Object.keys(columns)));
    }
    expect(new Set(allCells().map(({ number }) => number)).size).toBe(allCells().length);
  });
});
