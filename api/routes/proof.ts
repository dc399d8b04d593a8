import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { openProofCases } from '../../db/read/attention.ts';
import type { Difference } from '../../db/read/proof.ts';
import { proveStock } from '../../db/stock/proof.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import { reason } from '../schemas/common.ts';
import { stockProof } from '../schemas/attention.ts';

export function proofRoutes(deps: ApiDeps): Route[] {
  return [
    route('POST /v1/stock-proofs', {
      summary: 'Prove now that every number of stock is the sum of its rows',
      description:
        'Runs by the clock too. There must never be a difference; each one opens a case that names the row and ' +
        'says how to mend it, and is closed by the proof that finds it mended.',
      costly: true,
      tag: 'Stock',
      body: z.strictObject({ reason }).meta({ id: 'NewStockProof' }),
      answer: { description: 'What was compared, and what differs', schema: stockProof },
      async handle({ body, caller, em }) {
        const { at, checked, differences } = await proveStock(deps.orm, caller.name);
        await recordAudit(em, {
          actor: caller.name,
          what: 'stock_proven',
          subject: at,
          detail: `${body.reason}: ${differences.length} differences`,
        });
        const cases = await openProofCases(em);
        return {
          body: {
            at: new Date(at).toISOString(),
            checked,
            differences: differences.map((difference) => toWire(difference, cases)),
          },
        };
      },
    }),
  ];
}

function toWire(
  { subject, mend: _, ...difference }: Difference,
  cases: readonly { id: string; subject: string; reason: string }[],
) {
  const slash = subject.indexOf('/');
  const own = cases.find((each) => each.subject === subject && each.reason === difference.reason);
  return {
    ...difference,
    table: subject.slice(0, slash),
    key: subject.slice(slash + 1),
    attentionId: own?.id ?? null,
  };
}
