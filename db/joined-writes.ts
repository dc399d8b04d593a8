import type { Writable } from 'node:stream';
import type { PoolClient } from 'pg';

/**
 * What is sent in one go, up to the next wait, reaches the connection's socket in one piece. A statement alone is four
 * messages, and each piece has its price, in the stream and in the kernel.
 */
export function joinWrites(client: PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  let pieces: Buffer[] = [];
  const flush = () => {
    if (pieces.length > 0 && stream.writable) write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
    pieces = [];
  };
  stream.write = ((piece: unknown, ...more: unknown[]) => {
    if (Buffer.isBuffer(piece) && more.length === 0) {
      if (pieces.push(piece) === 1) process.nextTick(flush);
      return true;
    }
    flush();
    return write(piece, ...more);
  }) as Writable['write'];
}
