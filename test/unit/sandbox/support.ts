import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sandboxClient, type SandboxClient } from '../../../sandbox/client.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox/sandbox.ts';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** An address that keeps what is sent to it and answers as it is told. */
export interface Inbox {
  url: string;
  received: Received[];
  answerWith(status: number | ((index: number) => number)): void;
  close(): Promise<void>;
}

export async function openInbox(): Promise<Inbox> {
  const received: Received[] = [];
  let status: (index: number) => number = () => 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(status(received.length - 1)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answerWith: (answer) => (status = typeof answer === 'number' ? () => answer : answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Stage {
  sandbox: Sandbox;
  client: SandboxClient;
}

export async function openSandbox(options: SandboxOptions = {}): Promise<Stage> {
  const sandbox = await createSandbox(options);
  return { sandbox, client: sandboxClient(sandbox.url) };
}

export interface Reply {
  status: number;
  headers: Headers;
  body: any;
}

export async function call(
  method: string,
  url: string,
  options: { headers?: Record<string, string>; json?: unknown; form?: Record<string, string> } = {},
): Promise<Reply> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
    ...(options.form === undefined ? {} : { body: new URLSearchParams(options.form) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** Calls a shop's GraphQL API as an app does. */
export async function openShop(client: SandboxClient, name = 'demo', request: object = {}) {
  const shop = await client.shopify(name).create(request);
  const graphql = async (query: string, variables: object = {}, version = '2026-07'): Promise<any> => {
    const reply = await call('POST', `${shop.url}/admin/api/${version}/graphql.json`, {
      headers: { 'x-shopify-access-token': shop.accessToken },
      json: { query, variables },
    });
    return reply.body;
  };
  return { shop, graphql };
}

/** Calls UPS with a token of its own. */
export async function openUps(client: SandboxClient, name = 'main', request: object = {}) {
  const account = await client.ups(name).create(request);
  const token = await call('POST', `${account.url}/security/v1/oauth/token`, {
    headers: { authorization: `Basic ${btoa(`${account.clientId}:${account.clientSecret}`)}` },
    form: { grant_type: 'client_credentials' },
  });
  const headers = {
    authorization: `Bearer ${token.body.access_token}`,
    transid: 'test-1',
    transactionsrc: 'testing',
  };
  return {
    account,
    token,
    ask: (method: string, path: string, json?: unknown) =>
      call(method, account.url + path, { headers, ...(json === undefined ? {} : { json }) }),
  };
}

export const berlin = {
  firstName: 'Ada',
  lastName: 'Example',
  address1: 'Beispielweg 1',
  city: 'Berlin',
  zip: '10115',
  countryCode: 'DE',
};

const address = (country: string): Record<string, unknown> =>
  country === 'US'
    ? {
        AddressLine: ['1 Main St'],
        City: 'Atlanta',
        StateProvinceCode: 'GA',
        PostalCode: '30005',
        CountryCode: 'US',
      }
    : { AddressLine: ['Beispielweg 1'], City: 'Berlin', PostalCode: '10115', CountryCode: country };

/** A valid purchase of one package; `change` edits the Shipment. */
export function shipRequest(
  change: (shipment: any) => void = () => undefined,
  { from = 'US', to = 'US', format = 'GIF' } = {},
) {
  const domestic = from === to && from === 'US';
  const shipment = {
    Shipper: {
      Name: 'Sample Store',
      Phone: { Number: '15550100' },
      ShipperNumber: 'A1B2C3',
      Address: address(from),
    },
    ShipTo: { Name: 'Ada Example', Phone: { Number: '15550101' }, Address: address(to) },
    ShipFrom: { Name: 'Sample Store', Address: address(from) },
    PaymentInformation: { ShipmentCharge: [{ Type: '01', BillShipper: { AccountNumber: 'A1B2C3' } }] },
    Service: { Code: domestic ? '03' : from === to || to === 'FR' ? '11' : '08' },
    ...(from === to ? {} : { Description: 'Shoes' }),
    ...(domestic ? {} : { ReferenceNumber: [{ Value: 'parcel-1' }] }),
    Package: [
      {
        Packaging: { Code: '02' },
        Dimensions: { UnitOfMeasurement: { Code: 'CM' }, Length: '30', Width: '20', Height: '10' },
        PackageWeight: { UnitOfMeasurement: { Code: 'KGS' }, Weight: '2' },
        ...(domestic ? { ReferenceNumber: [{ Value: 'parcel-1' }] } : {}),
      },
    ],
  };
  change(shipment);
  return {
    ShipmentRequest: {
      Request: { RequestOption: 'nonvalidate' },
      Shipment: shipment,
      LabelSpecification: {
        LabelImageFormat: { Code: format },
        LabelStockSize: { Height: '6', Width: '4' },
      },
    },
  };
}

export function rateRequest(from = 'US', to = 'US', weight = '2') {
  return {
    RateRequest: {
      Request: { RequestOption: 'Shop' },
      Shipment: {
        Shipper: { ShipperNumber: 'A1B2C3', Address: address(from) },
        ShipTo: { Address: address(to) },
        ShipFrom: { Address: address(from) },
        Package: [
          {
            PackagingType: { Code: '02' },
            PackageWeight: {
              UnitOfMeasurement: { Code: 'KGS', Description: 'Kilograms' },
              Weight: weight,
            },
          },
        ],
      },
    },
  };
}
