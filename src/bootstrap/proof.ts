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
export const WRITE_ROW_SCRIPT = `${AS_POSTGRES}
ask -p "$1" -d "$2" -c "DROP SCHEMA IF EXISTS repmgr_console_proof CASCADE" -c "CREATE SCHEMA repmgr_console_proof" \\
  -c "CREATE TABLE repmgr_console_proof.customers (customer_id int PRIMARY KEY, first_name text, last_name text)" \\
  -c "INSERT INTO repmgr_console_proof.customers VALUES (1, 'Ada', 'Lovelace')" 2>/dev/null
`;

/** $1 port, $2 database. */
export const READ_ROW_SCRIPT = `${AS_POSTGRES}
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
export const DROP_ROW_SCRIPT = `${AS_POSTGRES}
ask -p "$1" -d "$2" -c "SET client_min_messages = 'error'" -c "DROP SCHEMA repmgr_console_proof CASCADE"
`;

/** Logs in without and with TLS, as repmgr does, and prints what came of it. $1 host, $2 port, $3 role, $4 database. */
export const LOG_IN_SCRIPT = `${AS_POSTGRES}
to() {
  runuser -u postgres -- env -C / "HOME=$home" PGCONNECT_TIMEOUT=5 "PGSSLMODE=$5" psql -wXqAt -h "$1" -p "$2" -U "$3" -d "$4" -c "$6" 2>&1 |
    tail -n 1
}
echo "plain $(to "$@" disable "SELECT 'accepted'")"
echo "tls $(to "$@" require "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()")"
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

/** Does every node let another one in with TLS, and refuse it without? As repmgr logs in; seen from the primary, or from a standby. */
export async function encryptionProofs({ inventory }: Situation, shells: Shells): Promise<readonly Proof[]> {
	if (!inventory.tls) return [];
	const { nodes, postgresql, repmgr } = inventory;
	const primary = primaryOf(inventory);
	return await Promise.all(
		nodes.map(async (node): Promise<Proof> => {
			const from = node === primary ? nodes.find((one) => one !== primary) : primary;
			const title = `"${node.name}" takes connections from other hosts only with TLS`;
			const words = [node.host, String(postgresql.port), repmgr.user, repmgr.database];
			const outcome = await shells
				.get(from?.name ?? "")
				?.run(["sh", "-c", LOG_IN_SCRIPT, "sh", ...words], { user: "root", deadlineMs: DEADLINE_MS });
			const said = outcome?.value?.stdout ?? outcome?.fault?.message ?? "";
			// As servers before 14 say it, too.
			const isRefused = /^plain .*(?:no encryption|SSL off)$/m.test(said);
			const isEncrypted = /^tls t$/m.test(said);
			return isRefused && isEncrypted
				? { title, isOk: true, found: `"${from?.name}" is let in with TLS, and refused without it.` }
				: { title, isOk: false, found: sanitiseText(said.trim().replaceAll("\n", "; ").slice(-400)) };
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
	const written = await run(
		primary,
		WRITE_ROW_SCRIPT,
		`a row is written on "${primary.name}"`,
		"It is committed.",
	);
	if (!written.isOk) return [written];
	const read = await Promise.all(
		standbys.map((node) => run(node, READ_ROW_SCRIPT, `the row is read on "${node.name}"`, "It is there.")),
	);
	return [
		written,
		...read,
		await run(primary, DROP_ROW_SCRIPT, "the row is taken away again", "Its schema is dropped."),
	];
}
