/** What the Dockerfile puts into the image, and what docker-compose.yml runs of it: read, since there may be no engine to build it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from '../../scripts/embedded/paths.ts';

export interface ComposeService {
  image: string;
  build?: string;
  command?: string[] | string;
  entrypoint?: string[];
  environment?: Record<string, string>;
  restart?: string;
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

export interface Compose {
  name: string;
  services: Record<string, ComposeService>;
}

export const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** As written, `${…}` and all. */
export const compose = (): Compose => parse(read('docker-compose.yml'), { merge: true }) as Compose;

/** The service with every `${NAME:-default}` and `${NAME:?}` filled in; throws where one that must be given is not. */
export function filledIn(service: ComposeService, given: Record<string, string>): ComposeService {
  const text = JSON.stringify(service).replaceAll(
    /\$\{(\w+):([-?])([^}]*)\}/g,
    (_all, name: string, kind: string, otherwise: string) => {
      const value = given[name] || (kind === '-' ? otherwise : undefined);
      if (value === undefined) throw new Error(`${name} must be given`);
      return JSON.stringify(value).slice(1, -1);
    },
  );
  return JSON.parse(text.replaceAll('$$', '$')) as ComposeService;
}

/** Files and folders of the checkout that are copied into the image as they are, with where to. */
export function copiedFiles(): { from: string; to: string }[] {
  const lines = read('Dockerfile')
    .split('\n')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='));
  return lines.flatMap((line) => {
    const parts = line.split(/\s+/).slice(1);
    const to = parts.at(-1)!;
    return parts
      .slice(0, -1)
      .map((from) => ({ from, to: to.endsWith('/') ? path.join(to, path.basename(from)) : to }));
  });
}
