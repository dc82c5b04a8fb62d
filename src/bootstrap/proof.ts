import type { InventoryNode } from "../model/inventory.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { primaryOf, type Shells, type Situation, senderOf, surveyOf } from "./situation.ts";

/** One thing that was looked at in the end. */
export interface Proof {
	readonly title: string;
	readonly isOk: boolean;
	readonly found: string;
}

const AS_POSTGRES = `
LC_ALL=C; export LC_ALL
home=$(getent passwd postgres | cut -d : -f 6)
ask() { runuser -u postgres -- env -C / "HOME=$home" PGCONNECT_TIMEOUT=5 psql -wXqAt -v ON_ERROR_STOP=1 "$@"; }
`;

/** In a schema of its own, which a proof that was interrupted may have left. $1 port, $2 database. */
const WRITE_ROW = `${AS_POSTGRES}
ask -p "$1" -d "$2" -c "DROP SCHEMA IF EXISTS repmgr_console_proof CASCADE" -c "CREATE SCHEMA repmgr_console_proof" \\
  -c "CREATE TABLE repmgr_console_proof.customers (customer_id int PRIMARY KEY, first_name text, last_name text)" \\
  -c "INSERT INTO repmgr_console_proof.customers VALUES (1, 'Ada', 'Lovelace')" 2>/dev/null
`;

/** $1 port, $2 database. */
const READ_ROW = `${AS_POSTGRES}
turns=0
while :; do
  said=$(ask -p "$1" -d "$2" -c "SELECT first_name FROM repmgr_console_proof.customers WHERE customer_id = 1" 2>&1) && [ "$said" = Ada ] && exit 0
  turns=$((turns + 1)); [ $turns -lt 40 ] || break
  sleep 0.25
done
printf '%s\\n' "$said" >&2
exit 1
`;

/** $1 port, $2 database. */
const DROP_ROW = `${AS_POSTGRES}
ask -p "$1" -d "$2" -c "SET client_min_messages = 'error'" -c "DROP SCHEMA repmgr_console_proof CASCADE"
`;

/** Prints how many connections from other hosts are encrypted, and how many there are. $1 port. */
const COUNT_ENCRYPTED = `${AS_POSTGRES}
ask -p "$1" -d postgres -F ' ' -c "SELECT count(*) FILTER (WHERE s.ssl), count(*) FROM pg_catalog.pg_stat_ssl s
  JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE a.client_addr IS NOT NULL"
`;

const DEADLINE_MS = 60_000;

/** Is every node what the inventory says? By the last survey. */
export function shapeProofs(situation: Situation): readonly Proof[] {
	return situation.inventory.nodes.map((node) => {
		const { sql } = surveyOf(situation, node);
		const title =
			node.role === "standby"
				? `"${node.name}" streams from "${node.upstream}"`
				: `"${node.name}" runs as the ${node.role}`;
		if (sql === undefined) return { title, isOk: false, found: "Its server does not answer." };
		if (node.role === "standby") {
			const isOk =
				sql.recovery && sql.receiver === "streaming" && senderOf(situation, node)?.name === node.upstream;
			const from = sql.sender === null ? "" : `, connected to ${sanitiseText(sql.sender)}`;
			return {
				title,
				isOk,
				found: `Its WAL receiver is ${sql.receiver === null ? "not running" : sanitiseText(sql.receiver)}${from}.`,
			};
		}
		return { title, isOk: !sql.recovery, found: sql.recovery ? "It is in recovery." : "It takes writes." };
	});
}

/** Are all connections from other hosts encrypted, those of replication and of repmgr as well? */
export async function encryptionProofs({ inventory }: Situation, shells: Shells): Promise<readonly Proof[]> {
	if (!inventory.tls) return [];
	return await Promise.all(
		inventory.nodes.map(async ({ name }): Promise<Proof> => {
			const words = ["sh", "-c", COUNT_ENCRYPTED, "sh", String(inventory.postgresql.port)];
			const outcome = await shells.get(name)?.run(words, { user: "root", deadlineMs: DEADLINE_MS });
			const title = `connections to "${name}" are encrypted`;
			const [, encrypted, all] = /^(\d{1,9}) (\d{1,9})\n$/.exec(outcome?.value?.stdout ?? "") ?? [];
			if (encrypted === undefined || all === undefined) {
				const said = outcome?.fault?.message ?? outcome?.value?.stderr.trim().slice(-300) ?? "";
				return { title, isOk: false, found: sanitiseText(said) };
			}
			const others = Number(all) - Number(encrypted);
			const found = others === 0 ? "" : ` ${others} began before, and will be when they begin again.`;
			return { title, isOk: others === 0, found: `${encrypted} of ${all} use TLS.${found}` };
		}),
	);
}

/** Writes a row on the primary, reads it on every standby, and takes it away. */
export async function rowProofs({ inventory }: Situation, shells: Shells): Promise<readonly Proof[]> {
	const words = [String(inventory.postgresql.port), inventory.repmgr.database];
	const run = async (node: InventoryNode, script: string, title: string, found: string): Promise<Proof> => {
		const outcome = await shells
			.get(node.name)
			?.run(["sh", "-c", script, "sh", ...words], { user: "root", deadlineMs: DEADLINE_MS });
		if (outcome?.value?.exitCode === 0) return { title, isOk: true, found };
		const said = outcome?.fault?.message ?? outcome?.value?.stderr.trim().slice(-300) ?? "";
		return { title, isOk: false, found: sanitiseText(said) };
	};
	const primary = primaryOf(inventory);
	const standbys = inventory.nodes.filter(({ role }) => role === "standby");
	const written = await run(primary, WRITE_ROW, `a row is written on "${primary.name}"`, "It is committed.");
	if (!written.isOk) return [written];
	const read = await Promise.all(
		standbys.map((node) => run(node, READ_ROW, `the row is read on "${node.name}"`, "It is there.")),
	);
	return [
		written,
		...read,
		await run(primary, DROP_ROW, "the row is taken away again", "Its schema is dropped."),
	];
}
