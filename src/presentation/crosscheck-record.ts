import { type Crosscheck, resultsOf } from "../model/crosscheck.ts";
import type { Registration } from "../model/registration.ts";
import { shellWords } from "../text/shell.ts";

/** `crosscheck --json`, schema 1, as reference/json.md documents it. Null is unknown. */
export function crosscheckRecord(
	{ startedAt, endedAt, rows }: Crosscheck,
	registrations: readonly Registration[],
) {
	const names = new Map(registrations.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
	return {
		schema: 1,
		startedAt: new Date(startedAt).toISOString(),
		milliseconds: endedAt === null ? null : endedAt - startedAt,
		hosts: rows.map(({ fromNodeId: nodeId, asked }) => ({
			nodeId,
			nodeName: names.get(nodeId) ?? null,
			asked: asked.state === "done",
			fault: asked.state === "silent" ? asked.fault : null,
		})),
		links: rows.flatMap((row) =>
			resultsOf(row).map(({ command, ...result }) => ({
				fromNodeId: row.fromNodeId,
				...result,
				command: command && shellWords(command),
			})),
		),
	};
}
