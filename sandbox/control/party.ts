import { faultKinds, type FaultRequest, type Faults } from '../faults.ts';
import { json, parseJson, type Call, type Party } from '../http.ts';
import type { State } from '../state.ts';
import type { Deliveries } from '../webhooks/deliveries.ts';
import { NotThere, type ControlRoute } from './routes.ts';

function commonRoutes(state: State, faults: Faults, deliveries: Deliveries): ControlRoute[] {
  return [
    ['GET', /^\/health$/, () => ({ ok: true })],
    ['POST', /^\/reset$/, () => reset(state, faults, deliveries)],
    ['POST', /^\/faults$/, ({ body }) => faults.add(faultOf(body))],
    ['GET', /^\/faults$/, () => faults.list()],
    ['GET', /^\/faults\/hits$/, () => faults.hits()],
    ['DELETE', /^\/faults$/, () => void faults.clear()],
    ['DELETE', /^\/faults\/(\d+)$/, ({ part: [id] }) => void faults.clear(Number(id))],
    ['GET', /^\/deliveries$/, ({ call }) => deliveriesFor(deliveries, call.query)],
    ['DELETE', /^\/deliveries$/, () => void deliveries.clearLog()],
    ['GET', /^\/deliveries\/rules$/, () => deliveries.rules()],
    ['PATCH', /^\/deliveries\/rules$/, ({ body }) => deliveries.change(body)],
    ['POST', /^\/deliveries\/release$/, ({ body }) => ({ released: deliveries.release(body.shuffle) })],
    ['POST', /^\/deliveries\/idle$/, () => deliveries.idle()],
  ];
}

function reset(state: State, faults: Faults, deliveries: Deliveries): void {
  state.reset();
  faults.clear();
  deliveries.change({ loss: 0, duplicates: 0, delayMs: [0, 0], paused: false, concurrency: 32, seed: 1 });
}

function faultOf(body: FaultRequest): FaultRequest {
  if (typeof body.operation !== 'string') throw new RangeError('a fault needs an operation');
  if (!faultKinds.includes(body.fault)) throw new RangeError(`a fault is one of ${faultKinds.join(', ')}`);
  return body;
}

/** `after`: only those with a higher id, for whoever asks again and again. */
function deliveriesFor(deliveries: Deliveries, query: URLSearchParams) {
  const equal = new URLSearchParams(query);
  equal.delete('after');
  const after = Number(query.get('after') ?? 0);
  return deliveries.log().filter((one) => one.id > after && matches(one, equal));
}

const matches = (row: object, query: URLSearchParams): boolean =>
  [...query].every(([name, value]) => String((row as Record<string, unknown>)[name]) === value);

/** The control API: 200 with what was asked for, 204 where there is nothing to say, 404, 422 with `error`. */
export function controlParty(
  state: State,
  faults: Faults,
  deliveries: Deliveries,
  parties: ControlRoute[],
): Party {
  const routes = [...commonRoutes(state, faults, deliveries), ...parties];
  return {
    operations: () => ['control'],
    account: () => null,
    failure: (status, { message }) => json(status, { error: message }),
    async handle(call) {
      for (const [method, path, action] of routes) {
        const match = method === call.method ? path.exec(call.path) : null;
        if (match === null) continue;
        return answer(call, () =>
          action({ call, part: match.slice(1).map(decodeURIComponent), body: bodyOf(call) }),
        );
      }
      return json(404, { error: `no such control: ${call.method} ${call.path}` });
    },
  };
}

async function answer(call: Call, action: () => unknown) {
  try {
    const result = await action();
    return result === undefined ? { status: 204 } : json(200, result);
  } catch (error) {
    if (error instanceof NotThere) return json(404, { error: error.message });
    if (error instanceof RangeError || error instanceof TypeError)
      return json(422, { error: `${call.method} ${call.path}: ${error.message}` });
    throw error;
  }
}

function bodyOf(call: Call): unknown {
  if (call.body.length === 0) return {};
  const body = parseJson(call.body);
  if (typeof body !== 'object' || body === null) throw new RangeError('the body is no JSON object');
  return body;
}
