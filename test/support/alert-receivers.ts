/** Where alerts go in tests: a receiver of webhooks and a mailbox, on free loopback ports. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export type WebhookReceiver = Awaited<ReturnType<typeof startReceiver>>;
export type Mailbox = Awaited<ReturnType<typeof startMailbox>>;

interface Heard {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** Answers by `answers`, then 204; `meanwhile` runs before the answer. */
export async function startReceiver() {
  const heard: Heard[] = [];
  const answers: number[] = [];
  const fake = { heard, answers, meanwhile: async () => {}, url: '', close };
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = request.headers as Record<string, string>;
      heard.push({ path: request.url!, headers, body: Buffer.concat(chunks).toString('utf8') });
      await fake.meanwhile();
      response.writeHead(answers.shift() ?? 204).end();
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function close() {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return fake;
}

/** Takes each email, or refuses every one while `refuse`. */
export async function startMailbox() {
  const fake = {
    messages: [] as { from: string; to: string; text: string }[],
    refuse: false,
    url: '',
    close,
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) =>
      done(fake.refuse ? Object.assign(new Error('full: ops@example.com'), { responseCode: 452 }) : null),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        fake.messages.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address).join(),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  fake.url = `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  function close() {
    return new Promise<void>((resolve) => server.close(resolve));
  }
  return fake;
}
