import type { Pool, PoolClient } from 'pg';

/**
 * Kysely, by which MikroORM runs transactions, gives a connection back only after a begin, commit or rollback that
 * went well. One that the server ended in the middle would stay taken for ever, and after a few of them everything
 * that wants a connection would wait without end: so a connection that ends is given back by itself.
 */
export function giveBackEnded(pool: Pool): void {
  const take = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const takeWith = pool.connect.bind(pool);
  const connect = async (): Promise<PoolClient> => {
    const client = await take();
    const release = client.release.bind(client);
    const ended = () => client.release(true);
    let given = false;
    client.once('end', ended);
    client.release = (destroy) => {
      if (given) return;
      given = true;
      client.off('end', ended);
      release(destroy);
    };
    return client;
  };
  pool.connect = ((callback?: Parameters<typeof takeWith>[0]) =>
    callback ? takeWith(callback) : connect()) as typeof pool.connect;
}
