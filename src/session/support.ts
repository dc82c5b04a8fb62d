import { LOG_NAMES, type NodeLogs, UNREAD_LOGS } from "../model/log-tail.ts";
import type { ConsoleStore } from "../store/console-store.ts";

/** Reads the end of all nodes' logs once. @param waitMs after which what is missing stays unread. */
export async function readLogs(
	store: ConsoleStore,
	followLogs: (nodeId: number) => () => void,
	waitMs: number,
): Promise<ReadonlyMap<number, NodeLogs>> {
	const ids = [...store.getState().nodes.keys()];
	const ends = ids.map(followLogs);
	const logsOf = (nodeId: number): NodeLogs => store.getState().logs.get(nodeId) ?? UNREAD_LOGS;
	const isRead = (): boolean =>
		ids.every((nodeId) =>
			LOG_NAMES.every((name) => logsOf(nodeId)[name].readAt !== null || logsOf(nodeId)[name].fault !== null),
		);
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, waitMs);
	const unsubscribe = store.subscribe(() => {
		if (isRead()) resolve();
	});
	if (isRead()) resolve();
	await promise;
	clearTimeout(timer);
	unsubscribe();
	for (const end of ends) end();
	return new Map(ids.map((nodeId) => [nodeId, logsOf(nodeId)]));
}
