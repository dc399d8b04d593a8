import { createTransport } from 'nodemailer';
import { PartyFailure } from '../failure.ts';
import type { AlertMessage } from './message.ts';

export interface MailSettings {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  smtpUrl: string;
  from: string;
}

/** Any failure throws `PartyFailure`. Its code is of the protocol alone: what the server says may name an address. */
export async function sendEmail(settings: MailSettings, to: string, message: AlertMessage): Promise<void> {
  const { smtpUrl: url, from } = settings;
  const transport = createTransport({
    ...{ url, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  try {
    const messageId = `<${message.id}@${from.split('@').at(-1)}>`;
    await transport.sendMail({ from, to, messageId, subject: message.title, text: message.text });
  } catch (error) {
    throw toFailure(error);
  } finally {
    transport.close();
  }
}

function toFailure(error: unknown): PartyFailure {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const told = typeof responseCode === 'number' ? `smtp-${responseCode}` : null;
  const failed = told ?? (typeof code === 'string' ? code.toLowerCase() : 'smtp-failed');
  return new PartyFailure(`smtp: ${failed}`, {
    ...{ party: 'smtp', kind: 'retry', effect: told === null ? 'unknown' : 'none', code: failed },
  });
}
