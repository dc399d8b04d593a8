/** Looking for a person in everything that a database holds. */
import type { Database } from '../../db/database.ts';

/** `table.column` of each that holds one of these texts, whatever its case: texts, JSON, lists and bytes. */
export async function searchEverywhere(orm: Database, wanted: readonly string[]): Promise<string[]> {
  const em = orm.em.fork();
  const columns = await em.execute<{ table: string; column: string; type: string }[]>(
    `select c.table_name as table, c.column_name as column, c.data_type as type
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY', 'xml')
     order by 1, 2`,
  );
  const found: string[] = [];
  for (const { table, column, type } of columns) {
    const text = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const rows = await em.execute(
      `select 1 from "${table}" where exists (
         select 1 from jsonb_array_elements_text(?::jsonb) wanted where strpos(lower(${text}), lower(wanted)) > 0) limit 1`,
      [JSON.stringify(wanted)],
    );
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}
