import type { ClusterSnapshot } from "../model/snapshot.ts";
import { verdictOf } from "../presentation/verdict.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { countOf, findingsOf } from "./counts.ts";
import { EXIT_CODE } from "./exit-code.ts";
import type { Output } from "./terminal.ts";

/** NRPE of version 2 cuts a line after 1 kB; performance data come after this. */
const LONGEST_TEXT = 400;

/**
 * The line of a check plugin: "SERVICE STATUS: text | performance data" (Monitoring Plugins Development Guidelines, 2.1 and
 * 2.6). The words are those of its exit codes, which are the console's own.
 */
export function nagiosLine(snapshot: ClusterSnapshot): string {
	const { word, text } = verdictOf(snapshot);
	const [worst, ...others] = snapshot.findings.filter(({ severity }) => severity !== "notice");
	const parts = [
		word === "settling" ? `settling ${text}` : text,
		...(worst === undefined ? [] : [`${worst.code}: ${worst.message}`]),
		...(others.length === 0 ? [] : [`${others.length} more finding${others.length === 1 ? "" : "s"}`]),
	];
	return `${statusLine(snapshot.severity, parts.join("; "))} | ${performanceData(snapshot).join(" ")}`;
}

function statusLine(severity: ClusterSnapshot["severity"], text: string): string {
	// A bar begins the performance data.
	const plain = sanitiseText(text).replaceAll("|", "/");
	return `REPMGR ${severity.toUpperCase()}: ${plain.length > LONGEST_TEXT ? `${plain.slice(0, LONGEST_TEXT)}…` : plain}`;
}

function performanceData(snapshot: ClusterSnapshot): readonly string[] {
	const { nodes } = snapshot;
	const standbys = nodes.filter(
		({ observed, registered }) => (observed.role ?? registered.type) === "standby",
	);
	return [
		datum("nodes", nodes.length),
		datum(
			"reachable",
			countOf(nodes, ({ observed }) => observed.reachable),
		),
		datum(
			"primaries",
			countOf(nodes, ({ observed }) => observed.role === "primary"),
		),
		datum("standbys", standbys.length),
		datum(
			"streaming",
			countOf(standbys, ({ observed }) => observed.attached === true),
		),
		datum("findings_critical", findingsOf(snapshot, "critical")),
		datum("findings_warning", findingsOf(snapshot, "warning")),
		...standbys.flatMap(({ nodeName, observed: { lagBytes, lagSeconds } }) => [
			datum(`${nodeName}_lag`, lagBytes, "B"),
			datum(`${nodeName}_lag_seconds`, lagSeconds, "s"),
		]),
	];
}

/** 'label'=value[UOM];warn;crit;min: "U" is a value that is not known; a label has no "=" and no quotes of its own. */
function datum(label: string, value: number | null, unit: "" | "B" | "s" = ""): string {
	const quoted = `'${sanitiseText(label).replaceAll(/[=|]/g, "_").replaceAll("'", "''")}'`;
	return value === null ? `${quoted}=U` : `${quoted}=${value}${unit};;;0`;
}

/**
 * The output of a check plugin, whatever happens: what is reported of a plugin is the first line of its standard output, and
 * an exit code of 0 to 3. Anything else, such as wrong usage, is UNKNOWN (guidelines, 2.4).
 */
export function asPlugin({ out, err }: Output): Output & { end(exitCode: number): number } {
	let isAnswered = false;
	let reason: string | null = null;
	return {
		out(text) {
			isAnswered = true;
			out(text);
		},
		err(text) {
			const [, message] = /^repmgr-console: (?:internal )?error: (.*)/.exec(text) ?? [];
			reason ??= message ?? null;
			err(text);
		},
		end(exitCode) {
			if (!isAnswered) out(statusLine("unknown", reason ?? "the check itself failed"));
			return exitCode > EXIT_CODE.unknown || !isAnswered ? EXIT_CODE.unknown : exitCode;
		},
	};
}
