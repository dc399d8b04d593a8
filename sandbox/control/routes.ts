import type { Call } from '../http.ts';

/** One entry of the control API. `body` is the parsed JSON, `{}` where there is none. */
export type ControlRoute = [
  method: string,
  path: RegExp,
  action: (request: { call: Call; part: string[]; body: any }) => unknown | Promise<unknown>,
];

/** What there is none of. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}
