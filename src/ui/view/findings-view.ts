import type { Finding } from "../../cluster/finding.ts";
import { formatTime } from "../../store/format.ts";
import type { UiContext } from "../context.ts";
import type { SemanticRole } from "../theme.ts";
import { wrapText } from "../wrap-text.ts";
import type { StyledLine } from "./styled-line.ts";

const INDENT = "   ";

/** Everything that is wrong: what, on what evidence, what to do, what not to do. */
export function findingsView({ data, columns }: UiContext): readonly StyledLine[] {
	const { findings, nodes } = data.snapshot;
	const names = new Map(nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
	if (findings.length === 0) return [line("none", "  nothing is wrong that this console knows of", "ok")];
	return findings.flatMap((finding) => linesOf(finding, names, columns - 2));
}

function linesOf(
	finding: Finding,
	names: ReadonlyMap<number, string>,
	columns: number,
): readonly StyledLine[] {
	const { code, nodeId, severity, message, detail, hint, evidence, remedy, doNot } = finding;
	const id = `${code} ${nodeId ?? ""}`;
	const text = (part: string, content: string, role: SemanticRole): readonly StyledLine[] =>
		wrapText(content, columns - INDENT.length).map((piece, position) =>
			line(`${id} ${part} ${position}`, `${INDENT}${piece}`, role),
		);
	return [
		line(`${id} code`, ` ${severity.toUpperCase()}  ${code}`, severity === "notice" ? "plain" : severity),
		...text("message", message, "title"),
		...text("detail", detail, "plain"),
		line(`${id} evidence`, `${INDENT}EVIDENCE`, "muted"),
		...evidence.flatMap(({ at, by, nodeId: from, text: seen }, position) =>
			text(
				`evidence ${position}`,
				`${formatTime(at)}  ${from === null ? "console" : (names.get(from) ?? `node ${from}`)}  ${by.toUpperCase()}  ${seen}`,
				"plain",
			),
		),
		line(`${id} todo`, `${INDENT}WHAT TO DO`, "muted"),
		...text("hint", hint, "plain"),
		...(remedy === null
			? []
			: text(
					"remedy",
					`${remedy.title}: on ${names.get(remedy.nodeId) ?? remedy.nodeId} as ${remedy.user}: ${remedy.argv.join(" ")}`,
					"key",
				)),
		...(doNot === null
			? []
			: [line(`${id} donot`, `${INDENT}DO NOT`, "muted"), ...text("do not", doNot, "critical")]),
		line(`${id} end`, "", "plain"),
	];
}

function line(key: string, text: string, role: SemanticRole): StyledLine {
	return { key, spans: text === "" ? [] : [{ text, role }] };
}
