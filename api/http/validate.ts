import type { z } from 'zod';
import { type FieldError, invalid } from '../problem.ts';

/** The parsed value, or a `validation` problem that names every wrong field. */
export function validate<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(...fieldErrors(parsed.error));
}

export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap(toErrors);
}

function toErrors(issue: z.core.$ZodIssue): FieldError[] {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: [field, key].filter(Boolean).join('.'),
      message: 'is not known here',
    }));
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return [{ field, message: `must be one of several forms, and is none (${unionReasons(issue)})` }];
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return [{ field, message: field ? 'is required' : 'A JSON body is required' }];
  if (issue.code === 'invalid_value')
    return [{ field, message: `must be one of ${issue.values.map(String).join(', ')}` }];
  return [{ field, message: issue.message }];
}

function unionReasons(issue: z.core.$ZodIssueInvalidUnion): string {
  return issue.errors.map((branch) => branch[0]?.message ?? 'does not match').join('; or ');
}

/** For a part of the body whose schema is known only after the rest was read: field names start with `prefix`. */
export function validateWithin<S extends z.ZodType>(prefix: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(
    ...fieldErrors(parsed.error).map(({ field, message }) => ({
      field: [prefix, field].filter(Boolean).join('.'),
      message,
    })),
  );
}
