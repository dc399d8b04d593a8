import { json, type Answer } from '../http.ts';

export const wooError = (status: number, code: string, message: string, data: object = {}): Answer =>
  json(status, { code, message, data: { status, ...data } });

export const invalidParam = (name: string, why: string): Answer =>
  wooError(400, 'rest_invalid_param', `Invalid parameter(s): ${name}`, {
    params: { [name]: why },
    details: {},
  });

export const invalidId = (resource: string): Answer =>
  wooError(404, `woocommerce_rest_${resource}_invalid_id`, 'Invalid ID.');

/** Page and page size as WordPress takes them, or what it refuses of them. */
export function pageOf(query: URLSearchParams): { page: number; perPage: number } | Answer {
  const number = (name: string, fallback: number) => Number(query.get(name) ?? fallback);
  const page = number('page', 1);
  const perPage = number('per_page', 10);
  if (!Number.isInteger(page) || page < 1)
    return invalidParam('page', 'page must be greater than or equal to 1');
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > 100)
    return invalidParam('per_page', 'per_page must be between 1 (inclusive) and 100 (inclusive)');
  return { page, perPage };
}

/** One page with WordPress' totals. */
export function paged(items: unknown[], { page, perPage }: { page: number; perPage: number }): Answer {
  return json(200, items.slice((page - 1) * perPage, page * perPage), {
    'X-WP-Total': String(items.length),
    'X-WP-TotalPages': String(Math.ceil(items.length / perPage)),
  });
}
