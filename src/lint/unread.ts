import type { Fault } from "../model/fault.ts";
import type { LintResult } from "../model/lint-result.ts";
import { HIDDEN, type NodeSetup, type SetupSource } from "../model/setup.ts";
import { listed, quoted } from "../text/words.ts";
import { confValue, placeOf } from "./conf.ts";
import { hostOf, type LintRule, repmgrManual } from "./rule.ts";
import { SERVICE_ACTIONS } from "./services.ts";

const NAMES: Readonly<Record<SetupSource, string>> = {
	conf: "repmgr.conf",
	conninfo: "conninfo in repmgr.conf",
	registered: "the registered conninfo",
	passfile: "the password file",
	hba: "pg_hba.conf",
	server: "the settings of PostgreSQL",
	privileged: "data_directory, config_file and shared_preload_libraries",
	fileErrors: "errors in PostgreSQL's configuration files",
	sudo: "the sudo rules",
	systemd: "the systemd units",
	host: "the host",
};

/** The most checks that a sentence names. */
const MOST_NAMED = 6;

/** One result for each reason why something of a node could not be read: an unreachable host prevents many checks. */
export function unreadOf(node: NodeSetup, rules: readonly LintRule[]): readonly LintResult[] {
	const sources = Object.entries(node.sources).flatMap(([name, { fault }]) =>
		fault === undefined ? [] : [{ name: name as SetupSource, fault }],
	);
	return [...Map.groupBy(sources, ({ fault }) => fault)].flatMap(([fault, group]) => {
		const names = group.map(({ name }) => name);
		const codes = rules
			.filter(({ needs }) => needs.some((need) => names.includes(need)))
			.map(({ code }) => code);
		return codes.length === 0 ? [] : [unread(node, fault, names, codes)];
	});
}

function unread(
	node: NodeSetup,
	fault: Fault,
	sources: readonly SetupSource[],
	codes: readonly string[],
): LintResult {
	const more = codes.length - MOST_NAMED;
	const named = more > 1 ? `${codes.slice(0, MOST_NAMED).join(", ")} and ${more} more` : listed(codes);
	return {
		code: "NOT_READ",
		severity: "unknown",
		nodeId: node.registration.nodeId,
		message: `could not read ${whatOf(sources)} of ${quoted(node.registration)}`,
		where: { host: hostOf(node), file: whatOf(sources), line: null },
		why: [fault.message, fault.detail ?? "", `Not checked here: ${named}`]
			.filter((sentence) => sentence !== "")
			.map((sentence) => sentence.replace(/[^.]$/, "$&."))
			.join(" "),
		link: repmgrManual(
			sources.includes("host") ? "configuration-prerequisites" : "configuration-permissions",
		),
		change: fault.hint === undefined ? [] : [{ title: "so that it can be read", text: fault.hint }],
		notChecked: codes,
	};
}

function whatOf(sources: readonly SetupSource[]): string {
	if (sources.includes("host")) return "files, sudo rules and units";
	return sources.includes("server") ? NAMES.server : listed(sources.map((source) => NAMES[source]));
}

/** Commands that rules check, and that are hidden when they may contain a password. */
const COMMANDS = [
	"promote_command",
	"follow_command",
	"event_notification_command",
	...SERVICE_ACTIONS.map((action) => `service_${action}_command`),
];

export function hiddenOf(node: NodeSetup): readonly LintResult[] {
	const conf = node.sources.conf.value;
	if (conf === undefined) return [];
	return COMMANDS.filter((name) => confValue(conf, name) === HIDDEN).map((name) => ({
		code: "NOT_READ",
		severity: "unknown",
		nodeId: node.registration.nodeId,
		message: `${name} of ${quoted(node.registration)} is hidden, so it was not checked`,
		where: { host: hostOf(node), ...placeOf(conf, name) },
		why: "It may contain a password, which never leaves its host.",
		link: repmgrManual("configuration-password-management"),
		change: [],
	}));
}
