import { json, type Answer, type Call, type Party, type Refusal } from '../http.ts';
import { wooError } from './answers.ts';
import type { Site, WooWorld } from './model.ts';
import { createOauth } from './oauth.ts';
import { getOrder, listNotes, listOrders, postNote, putOrder } from './orders.ts';
import * as products from './products.ts';
import { getRefund, listRefunds, postRefund } from './refunds.ts';
import * as hooks from './webhook-routes.ts';

type Action = (call: Call, site: Site, world: WooWorld, part: string[]) => Answer;
type Route = [operation: string, methods: string, path: RegExp, action: Action];

/** Below /wp-json/wc/v3/. WordPress takes POST and PATCH where it takes PUT. */
const routes: Route[] = [
  ['orders.list', 'GET', /^orders$/, listOrders],
  ['orders.get', 'GET', /^orders\/(\d+)$/, (call, site, world, [id]) => getOrder(call, site, world, id!)],
  [
    'orders.update',
    'PUT POST PATCH',
    /^orders\/(\d+)$/,
    (call, site, world, [id]) => putOrder(call, site, world, id!),
  ],
  [
    'notes.list',
    'GET',
    /^orders\/(\d+)\/notes$/,
    (call, site, world, [id]) => listNotes(call, site, world, id!),
  ],
  [
    'notes.create',
    'POST',
    /^orders\/(\d+)\/notes$/,
    (call, site, world, [id]) => postNote(call, site, world, id!),
  ],
  [
    'refunds.list',
    'GET',
    /^orders\/(\d+)\/refunds$/,
    (call, site, world, [id]) => listRefunds(call, site, world, id!),
  ],
  [
    'refunds.create',
    'POST',
    /^orders\/(\d+)\/refunds$/,
    (call, site, world, [id]) => postRefund(call, site, world, id!),
  ],
  [
    'refunds.get',
    'GET',
    /^orders\/(\d+)\/refunds\/(\d+)$/,
    (call, site, world, [id, refund]) => getRefund(call, site, world, id!, refund!),
  ],
  ['products.list', 'GET', /^products$/, products.listProducts],
  [
    'products.get',
    'GET',
    /^products\/(\d+)$/,
    (call, site, world, [id]) => products.getProduct(call, site, world, null, id!),
  ],
  [
    'products.update',
    'PUT POST PATCH',
    /^products\/(\d+)$/,
    (call, site, world, [id]) => products.putProductRest(call, site, world, null, id!),
  ],
  [
    'products.batch',
    'POST PUT PATCH',
    /^products\/batch$/,
    (call, site, world) => products.batchProducts(call, site, world, null),
  ],
  [
    'variations.list',
    'GET',
    /^products\/(\d+)\/variations$/,
    (call, site, world, [id]) => products.listVariations(call, site, world, id!),
  ],
  [
    'variations.get',
    'GET',
    /^products\/(\d+)\/variations\/(\d+)$/,
    (call, site, world, [parent, id]) => products.getProduct(call, site, world, parent!, id!),
  ],
  [
    'variations.update',
    'PUT POST PATCH',
    /^products\/(\d+)\/variations\/(\d+)$/,
    (call, site, world, [parent, id]) => products.putProductRest(call, site, world, parent!, id!),
  ],
  [
    'variations.batch',
    'POST PUT PATCH',
    /^products\/(\d+)\/variations\/batch$/,
    (call, site, world, [parent]) => products.batchProducts(call, site, world, parent!),
  ],
  ['webhooks.list', 'GET', /^webhooks$/, hooks.listWebhooks],
  ['webhooks.create', 'POST', /^webhooks$/, hooks.postWebhook],
  [
    'webhooks.update',
    'PUT POST PATCH',
    /^webhooks\/(\d+)$/,
    (call, site, world, [id]) => hooks.putWebhook(call, site, world, id!),
  ],
  [
    'webhooks.delete',
    'DELETE',
    /^webhooks\/(\d+)$/,
    (call, site, world, [id]) => hooks.deleteWebhook(call, site, world, id!),
  ],
];

const prefix = /^\/([a-z0-9-]+)\/wp-json\/wc\/v3\/?(.*?)\/?$/;

export function wooParty(world: WooWorld): Party {
  const authenticate = createOauth(world.now);
  return {
    operations: (call) => [find(call)?.route[0] ?? 'unknown'],
    account: (call) => prefix.exec(call.path)?.[1] ?? null,
    failure: (status: number, { code, message }: Refusal) => wooError(status, code, message),
    handle(call, refusal) {
      const name = prefix.exec(call.path)?.[1];
      const site = name === undefined ? undefined : world.tables.sites.get('', name);
      if (site === undefined) return json(404, { message: 'Not Found' });
      const found = find(call);
      if (found === null)
        return wooError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
      const authenticated = authenticate(call, site);
      if (!authenticated.ok) return authenticated.refusal ?? anonymous(call.method);
      const reading = call.method === 'GET';
      if (site.permissions !== 'read_write' && site.permissions !== (reading ? 'read' : 'write'))
        return wooError(
          401,
          'woocommerce_rest_authentication_error',
          `The API key provided does not have ${reading ? 'read' : 'write'} permissions.`,
        );
      if (refusal !== null) return wooError(400, refusal.code, refusal.message);
      return found.route[3](call, site, world, found.part);
    },
  };
}

function find(call: Call): { route: Route; part: string[] } | null {
  const path = prefix.exec(call.path)?.[2];
  if (path === undefined) return null;
  for (const route of routes) {
    const match = route[1].split(' ').includes(call.method) ? route[2].exec(path) : null;
    if (match !== null) return { route, part: match.slice(1) };
  }
  return null;
}

/** What WordPress says to someone who is not logged in. */
function anonymous(method: string): Answer {
  if (method === 'GET')
    return wooError(401, 'woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.');
  const what = method === 'POST' ? ['create', 'create resources'] : ['edit', 'edit this resource'];
  return wooError(401, `woocommerce_rest_cannot_${what[0]}`, `Sorry, you are not allowed to ${what[1]}.`);
}
