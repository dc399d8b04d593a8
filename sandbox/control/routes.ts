import type { Call } from '../http.ts';

/** One entry of the control API. `body` is the parsed JSON, `{}` where there is none; a promise is awaited. */
export type ControlRoute = [
  method: string,
  path: RegExp,
  action: (request: { call: Call; part: string[]; body: any }) => unknown,
];

/** What there is none of. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}
