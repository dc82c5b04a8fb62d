import {
	type Asked,
	beginCrosscheck,
	type Crosscheck,
	type LinkKind,
	type LinkResult,
	recordReport,
} from "../../src/model/crosscheck.ts";
import { NOW } from "./records.ts";

/** One connection that was tried; one that failed has output. */
export function link(
	way: LinkKind,
	toNodeId: number,
	state: LinkResult["state"] = "ok",
	changes: Partial<LinkResult> = {},
): LinkResult {
	return {
		toNodeId,
		way,
		state,
		word: state === "ok" ? "ok" : "refused",
		lines: state === "ok" ? [] : ["Connection refused"],
		milliseconds: 20,
		command: ["psql", "-d", `host=node${toNodeId}`],
		...changes,
	};
}

const FAULT = { kind: "unreachable", message: "no answer" } as const;

/** A finished crosscheck among these nodes: all connections work except those in `broken` ("from to"); `silent` hosts can't be asked. */
export function crosscheckOf(
	ids: readonly number[],
	{
		broken = {},
		silent = [],
		asked = { state: "done" },
	}: {
		readonly broken?: Readonly<Record<string, readonly LinkResult[]>>;
		readonly silent?: readonly number[];
		readonly asked?: Asked;
	} = {},
): Crosscheck {
	const reports = ids.map((fromNodeId) =>
		silent.includes(fromNodeId)
			? { fromNodeId, asked: { state: "silent", fault: FAULT } as const }
			: {
					fromNodeId,
					asked,
					results: ids.flatMap((to) => [
						link("sql", to),
						...(to === fromNodeId ? [] : [link("ssh", to), link("repmgr", to)]),
						...(broken[`${fromNodeId} ${to}`] ?? []),
					]),
				},
	);
	return { ...reports.reduce(recordReport, beginCrosscheck(ids, NOW - 5000)), endedAt: NOW - 4000 };
}
