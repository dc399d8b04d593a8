import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { carriers } from '../../../connectors/carriers/registry.ts';
import { payments } from '../../../connectors/payments/registry.ts';
import { storefronts } from '../../../connectors/storefronts/registry.ts';
import { checks } from '../../../db/read/proof.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const sources = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(path.join(folder, file)));
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, word]) => word!);

const steps = [...sources('activities'), ...sources('workflows')].join('\n');
const reserving = read('db/stock/reserve.ts');

/** Reasons of cases, wherever code names one. */
function inCode(): string[] {
  const talking = [
    ...carriers.all.filter(({ untracked }) => !untracked).map(({ name }) => name),
    ...storefronts.all.filter(({ connect }) => connect).map(({ platform }) => platform),
    ...payments.all.map(({ name }) => name),
  ];
  return [
    ...all(steps, /new Refusal\(\s*'(\w+)'/g),
    ...all(steps, /\breason: '([a-z]+(?:_[a-z]+)+)'/g),
    ...all(reserving, /set\(orderId, \{ kind: 'refused', reason: '(\w+)'/g),
    ...all(read('activities/failure.ts'), /instanceof \w+\W+(?:return )?'([a-z]+_[a-z_]+)'/g),
    ...sources('db').flatMap((text) => all(text, /insert into attention [^`]*'\w+', '(\w+)'/g)),
    ...checks.map(({ reason }) => reason),
    ...talking.flatMap((party) => [`${party}_refused`, `${party}_unavailable`]),
    // Nobody is called who could be away; and a lost answer, whoever it was.
    ...['manual_refused', 'carrier_unavailable'],
    ...['internal', 'no_answer'],
  ];
}

/** The words of the first column of each table under this heading. */
function documented(): string[] {
  const [, section = ''] = read('docs/operate.md').split(/^## What needs attention$/m);
  const [tables = ''] = section.split(/^## /m);
  return tables
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => all(line.split('|')[1]!, /`(\w+)`/g));
}

it('each reason that a case may have is in the guide, and each in the guide is one', () => {
  expect(documented().toSorted()).toEqual([...new Set(inCode())].toSorted());
});

it('each refusal names its reason where it is made, but for those of reserving', () => {
  const made = all(steps, /new Refusal\(\s*([^,]+),/g);
  expect(made.filter((name) => !/^'\w+'$/.test(name))).toEqual(['reason', 'reason']);
});
