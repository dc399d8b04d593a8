import { p } from '@mikro-orm/core';

/** Primary keys are version 7 UUIDs made by the application: unguessable enough to list, ordered by time. */
export const id = () => p.uuid().primary();

/** Minor units of the row's currency. */
export const minor = () => p.bigint('number');

export const currency = () => p.string().length(3);

export const time = () => p.datetime(6).columnType('timestamptz(6)');

export const now = () => time().defaultRaw('now()');
