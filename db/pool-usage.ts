import { Gauge, type Registry } from 'prom-client';
import type { Database } from './database.ts';

/** How much of this process' connections is in use, whenever the metrics are read. Asks nothing of the server. */
export function measurePool(orm: Database, registry: Registry): void {
  const pool = () => orm.em.getDriver().getConnection().getNativeClient();
  const registers = [registry];
  new Gauge({
    name: 'orderloom_database_connections',
    help: 'Connections to PostgreSQL that this process has',
    labelNames: ['state'],
    registers,
    async collect() {
      const { totalCount, idleCount } = await pool();
      this.set({ state: 'idle' }, idleCount);
      this.set({ state: 'used' }, totalCount - idleCount);
    },
  });
  new Gauge({
    name: 'orderloom_database_connections_max',
    help: 'Connections to PostgreSQL that this process may have',
    registers,
    async collect() {
      this.set((await pool()).options.max);
    },
  });
  new Gauge({
    name: 'orderloom_database_connection_waiters',
    help: 'Pieces of work that wait for a connection of this process to be free',
    registers,
    async collect() {
      this.set((await pool()).waitingCount);
    },
  });
}
