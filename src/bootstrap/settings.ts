import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { header } from "./files.ts";
import type { HostSurvey } from "./host-survey.ts";
import { type Situation, surveyOf, versionOf } from "./situation.ts";
import { PATHS } from "./survey-script.ts";

/** A drop-in of PostgreSQL's settings. */
export function settings(situation: Situation, node: InventoryNode): string {
	const { inventory } = situation;
	const count = Math.max(10, 2 * inventory.nodes.length + 4);
	return [
		header(inventory),
		"# Other nodes connect; pg_hba.conf says which.",
		"listen_addresses = '*'",
		"# repmgrd's part in the server.",
		"shared_preload_libraries = 'repmgr'",
		"wal_level = replica",
		"hot_standby = on",
		"# A former primary can be rewound instead of being cloned again.",
		"wal_log_hints = on",
		"# For every other node, its base backup, and some to spare.",
		`max_wal_senders = ${count}`,
		`max_replication_slots = ${count}`,
		...(inventory.slots
			? [
					"# The limit of what a lost standby keeps back: a full disk would stop the primary. A quarter of the smallest disk.",
					`max_slot_wal_keep_size = '${keepMegabytes(situation)}MB'`,
				]
			: [
					"# For a standby that is away for a while. A quarter of the smallest disk, at most 16 GB.",
					`wal_keep_size = '${Math.min(16_384, keepMegabytes(situation))}MB'`,
				]),
		...(node.role === "witness" ? [] : archiving(situation, surveyOf(situation, node))),
		"password_encryption = 'scram-sha-256'",
		...(inventory.tls
			? [
					"# Made on this host; clients do not check it (sslmode=require), unless they have a ~/.postgresql/root.crt.",
					"ssl = on",
					`ssl_cert_file = '${PATHS.certificate(versionOf(situation))}.crt'`,
					`ssl_key_file = '${PATHS.certificate(versionOf(situation))}.key'`,
				]
			: []),
		"",
	].join("\n");
}

/** Of a node with data: a witness has WAL of its own, which must not come between. */
function archiving({ inventory: { archive } }: Situation, survey: HostSurvey): readonly string[] {
	if (archive === null) {
		// Only in place of ours: it would also win over a command in postgresql.conf.
		const hadArchive = survey.files.get("settings")?.content.includes("\narchive_command = ") === true;
		if (!hadArchive) return [];
		return [
			"# Nothing is archived any more. Until the server is restarted archive_mode is on: without this, pg_wal would grow.",
			"archive_command = '/bin/true'",
		];
	}
	return [
		"# Full WAL segments are copied; standbys may fetch from there what their upstream does not have any more.",
		"archive_mode = on",
		`archive_command = ${quoted(archive.command)}`,
		...(archive.restore === null ? [] : [`restore_command = ${quoted(archive.restore)}`]),
	];
}

/** A value in postgresql.conf: a backslash escapes within quotes. */
const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

/** Any one of the nodes with data, by its application_name; a server never waits for itself, so that it is the same on all of them. */
export function synchronousNames({ nodes, synchronous }: Inventory): string {
	const data = nodes.filter(({ role }) => role !== "witness").map(({ name }) => `"${name}"`);
	return synchronous ? `ANY 1 (${data.join(", ")})` : "";
}

/** A drop-in of its own: before a standby streams nothing could be committed with it. */
export function synchronousSettings(inventory: Inventory): string {
	return [
		header(inventory),
		inventory.synchronous
			? "# A commit waits until one standby has it. Another line here lets writes go on: synchronous_standby_names = ''"
			: "# A commit does not wait for a standby.",
		`synchronous_standby_names = '${synchronousNames(inventory)}'`,
		"",
	].join("\n");
}

function keepMegabytes({ surveys }: Situation): number {
	const sizes = [...surveys.values()].flatMap(({ disk }) => disk?.[0] ?? []);
	return Math.max(128, Math.floor(Math.min(...sizes, 64 * 4 * 1024 * 1024) / 4 / 1024 / 64) * 64);
}
