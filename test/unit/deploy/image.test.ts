import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { variableNames } from '../../../config/environment.ts';
import { root } from '../../../scripts/embedded/paths.ts';
import { compose, copiedFiles, filledIn, read } from '../../support/image.ts';

/** What can be said about the image and the services without an engine to build and run them. */

const ours = ['migrate', 'api', 'worker'];
const { services } = compose();
const inImage = copiedFiles().map(({ from }) => from);
const isInImage = (file: string) => inImage.some((from) => file === from || file.startsWith(`${from}/`));

const secrets = {
  POSTGRES_PASSWORD: 'p',
  ORDERLOOM_DB_PASSWORD: 'o',
  TEMPORAL_DB_PASSWORD: 't',
  ORDERLOOM_ADMIN_KEY: 'a',
  ORDERLOOM_SECRETS_KEY: 's',
};

/** All files of ours that this one imports, and those import. */
function importedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']+)'/gms))
    importedBy(path.join(path.dirname(file), specifier!), seen);
  return seen;
}

describe('the Dockerfile', () => {
  it('copies what exists', () => {
    expect(inImage.length).toBeGreaterThan(10);
    expect(inImage.filter((from) => !existsSync(path.join(root, from)))).toEqual([]);
  });

  it('has everything that the processes import', () => {
    const entries = ['api/main.ts', 'workers/main.ts', 'scripts/migrate.ts', 'scripts/reseal.ts'];
    const roots = [...entries, 'workflows/registry.ts', 'workflows/trace.ts'];
    const imported = new Set(roots.flatMap((entry) => [...importedBy(entry)]));
    expect(imported.size).toBeGreaterThan(150);
    expect([...imported].filter((file) => !isInImage(file))).toEqual([]);
  });

  it('is given by .dockerignore all that it copies and nothing else', () => {
    const [everything, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(everything).toBe('*');
    expect(allowed.map((line) => line.slice(1)).sort()).toEqual([...new Set(inImage)].sort());
  });

  it('runs as nobody in particular, on a pinned Node of the major version that is tested', () => {
    const text = read('Dockerfile');
    const [major] = process.versions.node.split('.');
    expect([...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual([
      `node:${major}-bookworm-slim`,
      `node:${major}-bookworm-slim`,
    ]);
    expect(text.slice(text.indexOf('USER'))).toMatch(/^USER node\n/);
    expect(text).toContain('npm ci --omit=dev');
  });
});

describe('docker-compose.yml', () => {
  it('is what the Compose Specification allows', () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    // Its own name for its dialect is misspelled, and its ids are those of an older one.
    const { $schema: _, ...schema } = JSON.parse(read('test/fixtures/compose-spec.json')) as object & {
      $schema: string;
    };
    const validate = ajv.removeKeyword('id').compile(schema);
    // The top-level name is younger than it.
    const { name, ...document } = compose();
    validate(document);
    expect(name).toBe('orderloom');
    expect(validate.errors).toBeNull();
  });

  it('gives our processes variables that they know, and Temporal’s own', () => {
    const temporal = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_API_KEY'];
    for (const name of ours) {
      const given = Object.keys(services[name]!.environment!);
      expect(given.filter((variable) => ![...variableNames, ...temporal].includes(variable))).toEqual([]);
    }
  });

  it.each(Object.keys(secrets))('does not start without %s', (secret) => {
    const rest = Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== secret));
    const fill = (given: Record<string, string>) =>
      Object.values(services).map((one) => filledIn(one, given));
    expect(() => fill(secrets)).not.toThrow();
    expect(() => fill(rest)).toThrow(`${secret} must be given`);
  });

  it('has no secret in it', () => {
    const values = Object.values(services).flatMap((service) => Object.entries(service.environment ?? {}));
    const secret = values.filter(([name]) => /PASSWORD|PWD|_KEY$/.test(name));
    expect(secret.map(([, value]) => value).filter((value) => !/^\$\{\w+:(\?|-)\}$/.test(value))).toEqual([]);
  });

  it('runs what the npm scripts run', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const name of ours) {
      const [script, ...rest] = services[name]!.command as string[];
      expect([scripts[name], rest]).toEqual([`exec node scripts/run.mjs ${script}`, []]);
      expect(isInImage(script!)).toBe(true);
    }
  });

  it('pins each image, mounts what exists, and restarts what ends', () => {
    for (const [name, { image, build, volumes = [], restart }] of Object.entries(services)) {
      if (!build) expect([name, image]).toEqual([name, expect.stringMatching(/:\d+[\d.]*$/)]);
      for (const [from] of volumes.map((volume) => volume.split(':')))
        if (from!.startsWith('./')) expect([from, existsSync(path.join(root, from!))]).toEqual([from, true]);
      expect([name, restart]).toEqual([name, expect.stringMatching(/^(unless-stopped|on-failure:\d+)$/)]);
    }
    expect(statSync(path.join(root, 'docker/create-databases.sh')).mode & 0o111).toBe(0o111);
  });

  it('waits only for what says when it is ready or done', () => {
    for (const { depends_on: needs = {} } of Object.values(services))
      for (const [other, { condition }] of Object.entries(needs)) {
        const service = services[other]!;
        if (condition === 'service_healthy')
          expect([other, service.healthcheck]).toEqual([other, expect.anything()]);
        else
          expect([other, condition, service.restart]).toEqual([
            other,
            'service_completed_successfully',
            expect.stringMatching(/^on-failure/),
          ]);
      }
  });

  it('keeps Temporal as its processes expect it', () => {
    expect(services['temporal-namespace']!.environment!['TEMPORAL_NAMESPACE']).toBe(
      services['worker']!.environment!['TEMPORAL_NAMESPACE'],
    );
  });
});
