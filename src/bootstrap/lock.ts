import { isAlive, nameOf } from "../execution/history.ts";
import type { Operator } from "../execution/journal.ts";
import { releaseLock, takeLock } from "../execution/lock.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Refusal } from "./refusal.ts";
import type { Shells } from "./situation.ts";

/** In place of a system identifier, which the hosts do not have yet. */
const LOCK = "bootstrap";

/** Held on all hosts while they are set up: one operator at a time. */
export interface Locked {
	release(): Promise<void>;
}

/**
 * Takes the lock on every host. One that a console of the same person on this machine has left, and that does not run any more, is
 * taken over.
 *
 * @param takesOver also takes that of any other console.
 */
export async function lockHosts(
	{
		inventory,
		shells,
		operator,
		operationId,
	}: {
		readonly inventory: Inventory;
		readonly shells: Shells;
		readonly operator: Operator;
		readonly operationId: string;
	},
	takesOver: boolean,
): Promise<Locked | Refusal> {
	const hosts = inventory.nodes.flatMap(({ id, name }) => {
		const shell = shells.get(name);
		return shell === undefined ? [] : [{ nodeId: id, shell, user: "root", configFile: "" }];
	});
	const who = nameOf(operator);
	const operation = (pid: number): string => `bootstrap by process ${pid}`;
	const since = Date.now();
	const take = () =>
		takeLock({
			...{ hosts, nodeCount: hosts.length, systemIdentifier: LOCK },
			holder: { operationId, operation: operation(operator.pid), who, since },
			record: {
				...{ operationId, title: `bootstrap of "${inventory.cluster}"`, who, startedAt: since },
				...{ pausedBefore: [], drilledNodeId: null, steps: [] },
			},
		});
	let locking = await take();
	if (locking.kind === "held") {
		const pid = Number(/process (\d{1,9})$/.exec(locking.by)?.[1] ?? 0);
		const isOwn = locking.by === `${who}: ${operation(pid)}` && !isAlive({ pid, notedAt: since });
		if (isOwn || takesOver) {
			await releaseLock(hosts, LOCK, null);
			locking = await take();
		}
	}
	if (locking.kind === "held") {
		return {
			canTakeOver: true,
			message: "the hosts are being set up by another console",
			detail: `${locking.by}.`,
			hint: "If it does not run any more, continue its work with --take-over.",
		};
	}
	if (locking.kind === "too few") {
		await releaseLock(hosts, LOCK, operationId);
		return { message: "the hosts can't be locked", detail: "More than half of them did not take the lock." };
	}
	return {
		async release() {
			await releaseLock(hosts, LOCK, operationId);
		},
	};
}
