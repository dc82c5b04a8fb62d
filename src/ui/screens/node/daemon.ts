import type { Registration } from "../../../model/registration.ts";
import { formatSeconds } from "../../../text/format.ts";
import { field, note, type Row, type Section, text } from "./section.ts";
import type { Subject } from "./subject.ts";

/** repmgrd, from the server's shared library, the process and repmgr.conf. */
export function repmgrdSection({ node, server, host, sql, ssh, noServer, noHost, nameOf }: Subject): Section {
	const own = server?.repmgrd ?? null;
	// The current value from SQL or SSH, otherwise the server's last one, which is dimmed with the section.
	const running = node.repmgrd.running ?? own?.running ?? null;
	const pid = node.repmgrd.pid ?? own?.pid ?? null;
	const paused = node.repmgrd.paused ?? own?.paused ?? null;
	const untold = server === null ? noServer : { why: 'the server did not load "repmgr"' };
	const lastSeen = own?.upstreamLastSeenSeconds ?? null;
	const process = host?.repmgrd ?? null;
	return {
		title: "REPMGRD",
		origin: { text: `${sql.text}; ${ssh.text}`, isStale: sql.isStale },
		rows: [
			field(
				"state",
				running === null
					? untold
					: text(
							`${running ? "running" : "not running"}${paused ? ", PAUSED" : ""}`,
							running && !paused ? "ok" : "warning",
						),
				...(pid === null ? [] : [text(`  pid ${pid}`, "muted")]),
			),
			field(
				"takes part",
				paused === null ? untold : paused ? text("no: paused", "warning") : "yes: not paused",
			),
			...(server !== null && (server.inRecovery || node.registered.type === "witness")
				? [
						field(
							"upstream seen",
							lastSeen === null
								? { why: "never, or repmgrd does not run" }
								: `${formatSeconds(lastSeen)} ago`,
						),
					]
				: []),
			field(
				"its upstream",
				own === null ? untold : own.upstreamNodeId === null ? null : nameOf(own.upstreamNodeId),
			),
			field(
				"process",
				process === null ? noHost : process === false ? text("none", "warning") : processText(process),
			),
			...configurationRows(
				host?.repmgrConf ?? null,
				host === null ? noHost.why : "repmgr.conf can't be read",
			),
		],
	};
}

const SHOWN = [
	"failover",
	"monitor_interval_secs",
	"reconnect_attempts",
	"reconnect_interval",
	"primary_visibility_consensus",
	"promote_command",
	"follow_command",
	"failover_validation_command",
] as const;

function configurationRows(conf: Readonly<Record<string, string>> | null, why: string): readonly Row[] {
	if (conf === null) return [field("repmgr.conf", { why })];
	return SHOWN.flatMap((name) =>
		name === "failover" || conf[name] !== undefined
			? [
					{
						label: null,
						spans: [
							text(name.padEnd(30), "muted"),
							text(
								conf[name] ?? "manual (not set)",
								name === "failover" && conf[name] !== "automatic" ? "warning" : "plain",
							),
						],
					},
				]
			: [],
	);
}

/** The state letter of proc(5), spelt out if it is unusual. */
export function processText({ pid, state }: { readonly pid: number; readonly state: string }) {
	const isFrozen = state === "T" || state === "Z";
	const words: Readonly<Record<string, string>> = {
		T: "frozen (SIGSTOP)",
		Z: "a zombie",
		D: "waits for a disk",
		S: "running",
		R: "running",
	};
	return text(
		`pid ${pid}, ${words[state] ?? state}`,
		isFrozen ? "critical" : state === "D" ? "warning" : "plain",
	);
}

/** Its own copy of repmgr.nodes compared with the one the console uses. */
export function ownCopySection({ server, sql, noServer, registrations }: Subject): Section {
	const own = server?.registrations ?? null;
	const title = "ITS COPY OF repmgr.nodes";
	if (server === null || own === null) {
		const why = server === null ? noServer : { why: "may not be read: grant SELECT" };
		return { title, origin: sql, rows: [field("copy", why)] };
	}
	const differences = differencesOf(own, registrations);
	return {
		title,
		origin: sql,
		rows:
			differences.length === 0
				? [note(`${own.length} nodes, matches the copy that the console uses`, "plain")]
				: [
						note(`differs from the copy the console uses (the primary's, if there is one):`, "warning"),
						...differences.map((difference) => note(difference, "warning")),
					],
	};
}

const COMPARED = [
	"nodeName",
	"type",
	"active",
	"upstreamNodeId",
	"location",
	"priority",
	"slotName",
	"conninfo",
	"configFile",
] as const satisfies readonly (keyof Registration)[];

function differencesOf(own: readonly Registration[], believed: readonly Registration[]): readonly string[] {
	const mine = new Map(own.map((row) => [row.nodeId, row]));
	const theirs = new Map(believed.map((row) => [row.nodeId, row]));
	const ids = [...new Set([...mine.keys(), ...theirs.keys()])].toSorted((a, b) => a - b);
	return ids.flatMap((id) => {
		const [here, there] = [mine.get(id), theirs.get(id)];
		if (here === undefined) return [`node ${id} (${there?.nodeName}): missing here`];
		if (there === undefined) return [`node ${id} (${here.nodeName}): only here`];
		return COMPARED.filter((key) => here[key] !== there[key]).map(
			(key) =>
				`node ${id} (${there.nodeName}): ${key} is ${here[key] ?? "none"} here ≠ ${there[key] ?? "none"}`,
		);
	});
}
