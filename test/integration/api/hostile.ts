import { expect } from '@jest/globals';
import type { Response } from 'supertest';
import { createLog } from '../../../api/http/log.ts';
import { type Expected, type Sent, startStocked, type Stocked } from './refused.ts';

export interface Hostile extends Stocked {
  /** As `refused`, and the answer shows nothing of the inside. */
  repelled(request: Sent, expected: Expected): Promise<void>;
  /** What was logged holds no key, nothing of a customer, no secret, no statement, and no failure of ours. */
  expectQuietLog(): void;
}

/** Part of every hostile text: it must not come back out of the log. */
export const mark = 'Zx9-hostile';

const inside =
  /\.ts:\d|node_modules|\bat \w+ \(|\b(select|insert into|update|delete from)\b .*\b(from|set|values)\b|relation "|syntax error at|MikroORM|QueryFailed|ZodError|postgres/i;

export async function startHostile(): Promise<Hostile> {
  const lines: string[] = [];
  const api = await startStocked({
    log: createLog('trace', { write: (line: string) => void lines.push(line) }),
  });
  return {
    ...api,
    async repelled(request, expected) {
      showsNothing(await api.refused(request, expected));
    },
    expectQuietLog() {
      const said = lines.join('');
      expect(lines.length).toBeGreaterThan(0);
      for (const secret of [...Object.values(api.keys), 'mina@example.com', 'Muster', 'shpss_f00d', mark])
        expect([secret, said.includes(secret)]).toEqual([secret, false]);
      expect(lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
    },
  };
}

export function showsNothing(answer: Response): void {
  expect(answer.text.match(inside)).toBeNull();
  expect(answer.headers['x-powered-by']).toBeUndefined();
}
