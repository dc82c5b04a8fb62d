import { SETTING_NAME } from "../../model/setting.ts";
import { redactor } from "../../text/redact.ts";
import type { Refusal } from "../plan/plan.ts";
import { refusalOf } from "../plan/refusal.ts";

/** A setting and its wanted value, as they were typed. */
export interface Assignment {
	/** In lower case. */
	readonly name: string;
	readonly value: string;
}

/** Settings that each node has for itself, or by which repmgr or this console leads the cluster. */
const OF_ONE_NODE: Readonly<Record<string, string>> = {
	primary_conninfo: "repmgr writes it on each standby.",
	primary_slot_name: "repmgr writes it on each standby.",
	port: "A changed port has to be changed in every conninfo as well.",
	cluster_name: "It names one node.",
	recovery_min_apply_delay: "It belongs to a single standby.",
	promote_trigger_file: "It would promote a standby past repmgr.",
	default_transaction_read_only: "It is what a fence sets: see fence and unfence.",
	hot_standby: "Without it no standby can be watched or take over.",
	data_directory: "It can't be changed by a setting.",
	config_file: "It can't be changed by a setting.",
	hba_file: "It can't be changed by ALTER SYSTEM.",
	ident_file: "It can't be changed by ALTER SYSTEM.",
};

/** "NAME=VALUE", or why it is not one. */
export function assignmentOf(text: string): Assignment | Refusal {
	const [, given = "", value = ""] = /^([^=]*?)\s*=\s*(.*)$/s.exec(text.trim()) ?? [];
	const name = given.toLowerCase();
	if (!SETTING_NAME.test(name)) {
		return refusalOf('rolling set needs "NAME=VALUE"', {
			detail: text === "" ? "Nothing was given." : `"${text}" is not of that form.`,
			hint: "For example: rolling set max_connections=200",
		});
	}
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
	if (/[\u0000-\u001f\u007f]/.test(value)) {
		return refusalOf(`rolling set ${name} is refused: the value has a control character`);
	}
	if (holdsSecret(name, value)) {
		return refusalOf(`rolling set ${name} is refused: it may hold a secret`, {
			detail:
				"The value would be shown in the plan, in the journal, and to whoever sees this console's arguments.",
			hint: `ALTER SYSTEM SET ${name} in psql on each data node, and a reload; where that is not enough: rolling restart`,
		});
	}
	const why = OF_ONE_NODE[name] ?? (name.startsWith("recovery_target") ? RECOVERY : undefined);
	return why === undefined
		? { name, value: withoutQuotes(value) }
		: refusalOf(`rolling set ${name} is refused: it is not set alike on all nodes`, { detail: why });
}

const SECRET_NAME =
	/^(?:primary_conninfo|ssl_passphrase_command)$|(?:^|[._])(?:password|passwd|passphrase|secret|token|salt|(?:api|private|secret|encryption)_?key)$/;
const conceal = redactor(() => []);

/** By its name, or by a password that is written in its value. */
export function holdsSecret(name: string, value: string): boolean {
	const text = `${name} = ${value}`;
	return SECRET_NAME.test(name) || conceal(text) !== text;
}

export function shownValue(name: string, value: string): string {
	return holdsSecret(name, value) ? "a value that may hold a secret" : value;
}

/** "NAME=VALUE" for assignmentOf(), whatever the value is. */
export function written({ name, value }: Assignment): string {
	return /^\s|\s$|^'/.test(value) ? `${name}='${value.replaceAll("'", "''")}'` : `${name}=${value}`;
}

const RECOVERY = "It is for a recovery, and would keep a standby from following.";

/** 'on' as in postgresql.conf means on. */
function withoutQuotes(value: string): string {
	const [, inner] = /^'((?:[^']|'')*)'$/.exec(value) ?? [];
	return inner === undefined ? value : inner.replaceAll("''", "'");
}

/** Lists of names that the server quotes one by one (GUC_LIST_QUOTE): one literal would be one long name. */
const LISTS_OF_NAMES = new Set([
	"local_preload_libraries",
	"search_path",
	"session_preload_libraries",
	"shared_preload_libraries",
	"temp_tablespaces",
	"unix_socket_directories",
]);

export function alterSystem({ name, value }: Assignment): string {
	const items = LISTS_OF_NAMES.has(name) ? namesOf(value) : [value];
	return `ALTER SYSTEM SET ${name} = ${items.map(literal).join(", ")}`;
}

/** The names of a list in which each may stand in double quotes. */
function namesOf(value: string): readonly string[] {
	const items = value.match(/"(?:[^"]|"")*"|[^,\s][^,]*/g) ?? [""];
	return items.map((item) => {
		const [, inner] = /^"((?:[^"]|"")*)"$/.exec(item.trim()) ?? [];
		return inner === undefined ? item.trim() : inner.replaceAll('""', '"');
	});
}

/** With E in front where a backslash would depend on standard_conforming_strings. */
function literal(text: string): string {
	const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
	return text.includes("\\") ? `E${quoted}` : quoted;
}
