import * as z from "zod";
import type { OwnCommit, OwnWal } from "../../model/own-wal.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionParameters, Query, QuerySession, Statement } from "../../transport/ports.ts";

const DEADLINE_MS = 4000;

/** Others keep their numbers. */
const MOST_DATABASES = 8;
const MOST_TABLES = 2000;

/** The names of databases by their OID, $1 an array of those. */
const DATABASES: Statement = {
	name: "repmgr_console_databases",
	text: `
SELECT oid::text AS id, datname::text AS name FROM pg_database WHERE datallowconn AND oid = ANY ($1::oid[])`,
};

/** The names of tables in this database, $1 an array of "TABLESPACE/FILENODE". */
const TABLES: Statement = {
	name: "repmgr_console_tables",
	text: `
SELECT asked AS id, n.nspname || '.' || c.relname AS name
  FROM unnest($1::text[]) asked
  JOIN pg_class c ON c.oid = pg_filenode_relation(split_part(asked, '/', 1)::oid, split_part(asked, '/', 2)::oid)
  JOIN pg_namespace n ON n.oid = c.relnamespace`,
};

const nameRow = z.object({ id: z.string(), name: z.string() });

/**
 * Names the tables as the primary does: a table has there the same filenode as on the node, unless it was rewritten or made
 * since they parted. What has no name keeps its numbers.
 */
export async function withTableNames(
	own: OwnWal,
	parameters: ConnectionParameters,
	query: Query,
): Promise<OwnWal> {
	const touched = own.commits.list.flatMap(({ relations }) => relations).map(partsOf);
	const databaseIds = [...new Set(touched.map(({ database }) => database))].slice(0, MOST_DATABASES);
	if (databaseIds.length === 0) return own;
	const session = (dbname: string) => query.connect({ ...parameters, dbname }, DEADLINE_MS);
	const databases = await namesBy(await session(parameters.dbname), DATABASES, databaseIds);
	const names = new Map<string, string>();
	await Promise.all(
		[...databases].map(async ([id, database]) => {
			const files = touched.flatMap(({ database, file }) => (database === id ? [file] : []));
			const asked = [...new Set(files)].slice(0, MOST_TABLES);
			for (const [file, table] of await namesBy(await session(database), TABLES, asked)) {
				names.set(`${id} ${file}`, `${database}.${table}`);
			}
		}),
	);
	const named = (relation: string): string => {
		const { database, file } = partsOf(relation);
		return names.get(`${database} ${file}`) ?? relation;
	};
	const list = own.commits.list.map(
		(commit): OwnCommit => ({ ...commit, relations: commit.relations.map(named) }),
	);
	return { ...own, commits: { ...own.commits, list } };
}

async function namesBy(
	{ value: session }: Awaited<ReturnType<Query["connect"]>>,
	statement: Statement,
	ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
	if (session === undefined) return new Map();
	const rows = await rowsOf(session, statement, ids);
	session.close();
	return new Map(rows.map(({ id, name }) => [id, name]));
}

async function rowsOf(session: QuerySession, statement: Statement, ids: readonly string[]) {
	const { value } = await session.query(statement, [`{${ids.join(",")}}`], DEADLINE_MS);
	return sanitise(z.array(nameRow).safeParse(value ?? []).data ?? []);
}

/** Of "TABLESPACE/DATABASE/FILENODE". */
function partsOf(relation: string): { readonly database: string; readonly file: string } {
	const [space = "", database = "", node = ""] = relation.split("/");
	return { database, file: `${space}/${node}` };
}
