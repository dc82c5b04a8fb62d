import type { LogEntry } from "../model/log-entry.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Session } from "../session/session.ts";
import { cutName } from "../text/words.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { isRead, type Output, untilAborted } from "./terminal.ts";

export interface EventsOptions {
	readonly json: boolean;
	readonly limit: number;
	/** Continue with new events until this is aborted; null: do not. */
	readonly follow: AbortSignal | null;
}

/** Prints the newest events of the cluster, oldest first. */
export async function eventsCommand(
	session: Session,
	options: EventsOptions,
	output: Output,
): Promise<number> {
	if (!(await isRead(session.eventsPicture(), output))) return EXIT_CODE.unknown;
	const { store } = session;
	let shown = store.getState().log;
	const print = (entries: readonly LogEntry[]): void => {
		const { snapshot } = store.getState();
		for (const entry of entries) output.out(formatEntry(entry, snapshot, options.json));
	};
	print(options.limit === 0 ? [] : shown.slice(-options.limit));
	const unread = unreadNodes(store.getState().snapshot);
	if (unread.length > 0) output.err(`events of ${unread.join(", ")} could not be read`);
	for (const notice of store.getState().snapshot.notices)
		if (notice.includes("repmgr.events")) output.err(notice);
	if (options.follow === null) return unread.length > 0 ? EXIT_CODE.unknown : EXIT_CODE.ok;

	const unsubscribe = store.subscribe(({ log }) => {
		if (log === shown) return;
		const known = new Set(shown);
		print(log.filter((entry) => !known.has(entry)));
		shown = log;
	});
	await untilAborted(options.follow);
	unsubscribe();
	return EXIT_CODE.ok;
}

/** Each with its reason, if known. */
function unreadNodes({ nodes }: ClusterSnapshot): readonly string[] {
	return nodes.flatMap(({ nodeName, state: { server, events } }) => {
		if (events.good !== null && events.fault === null) return [];
		const fault = server.fault?.fault ?? events.fault?.fault;
		return [`${cutName(nodeName)} (${fault?.message ?? "no answer in time"})`];
	});
}

function formatEntry(entry: LogEntry, snapshot: ClusterSnapshot, json: boolean): string {
	const nodeName = snapshot.nodes.find(({ nodeId }) => nodeId === entry.nodeId)?.nodeName ?? null;
	if (json) return JSON.stringify({ schema: 1, ...entry, nodeName });
	// Sliced, not parsed: a hostile server's timestamp may be no valid date.
	const time = `${entry.timestamp.slice(0, 10)} ${entry.timestamp.slice(11, 19)}`;
	const failed = entry.successful === false && entry.source === "repmgr" ? "failed: " : "";
	const name = nodeName ?? (entry.nodeId === null ? "cluster" : `node ${entry.nodeId}`);
	return `${time}  ${cutName(name)}  ${cutName(entry.event)}  ${failed}${entry.details}`;
}
