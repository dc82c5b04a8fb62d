import { newestPause, pauseWords } from "../../assess/pause.ts";
import type { Finding, Remedy } from "../../model/finding.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatClock, formatDateTime, formatDuration } from "../../text/format.ts";
import { solePrimary } from "../members.ts";
import { repmgrOn } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, presentPeriod, type Rule, type World } from "../world.ts";

/**
 * REPMGRD_PAUSED: repmgrd is paused, and no failover will happen. The pause is kept in repmgrd_state.txt (repmgr.c) and
 * survives restarts of PostgreSQL and repmgrd; `repmgr service status` hides it while repmgrd is down. An aborted
 * switchover leaves it behind (issues #365, #559, #573). No event records when it began.
 * Unpausing does not start a failover for a primary that is already dead (manual, repmgrd-operation).
 */
export const repmgrdPaused: Rule = (world) => {
	const known = world.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused !== null);
	// An operation that pauses repmgrd has its own banner.
	if (world.snapshot.isOperating) return [];
	const isSettling = known.some((node) => isNewFor(world, node, TIME_TO_LOOK_MS));
	const paused = known.filter(
		(node) => node.repmgrd.paused && !(isSettling && isNewFor(world, node, Number.POSITIVE_INFINITY)),
	);
	const isEverywhere = paused.length > 1 && paused.length === known.length;
	return [
		...overdue(world),
		...(isEverywhere ? [paused] : paused.map((node) => [node])).map((nodes) =>
			findingOf(world, nodes, isEverywhere),
		),
	];
};

/** PAUSE_OVERDUE: whoever paused repmgrd said when that was to end, on the nodes' hosts, and that time is over. */
function overdue(world: World): readonly Finding[] {
	const { nodes, takenAt } = world.snapshot;
	const late = nodes.filter(({ repmgrd }) => (repmgrd.pause?.until ?? Number.POSITIVE_INFINITY) <= takenAt);
	const pause = newestPause(late);
	if (pause === null) return [];
	const over = takenAt - (pause.until ?? takenAt);
	return [
		finding({
			code: "PAUSE_OVERDUE",
			severity: "warning",
			message: `the pause of repmgrd was to end at ${formatClock(takenAt - over, takenAt)}, and it is still paused ${late.length === nodes.length ? "everywhere" : `on ${listed(late.map(quoted))}`}`,
			detail: `It was paused ${pauseWords(pause, takenAt)}, ${formatDuration(over / 1000)} ago. Until it is unpaused, no failover will happen.`,
			hint: `Ask ${pause.who}, and unpause if the work is done; else say until when: "pause --until TIME --reason TEXT".`,
			evidence: late.map((node) =>
				evidenceOf(node, `its host: paused ${pauseWords(node.repmgrd.pause ?? pause, takenAt)}`, "ssh"),
			),
			remedy: unpauseFrom(solePrimary(world)),
		}),
	];
}

function unpauseFrom(node: NodeView | null): Remedy | null {
	return (
		node && {
			...repmgrOn(node, "unpause repmgrd on all nodes", "service", "unpause"),
			intent: { kind: "unpause", reason: "REPMGRD_PAUSED was found" },
		}
	);
}

/** When a pause begins, the hosts are read for a running operation; and nodes are paused one after the other. */
const TIME_TO_LOOK_MS = 4000;

/** Was it seen to be paused within that time? */
function isNewFor(world: World, node: NodeView, ms: number): boolean {
	const pause = presentPeriod(world, node)?.pause;
	return pause?.isExact === true && world.snapshot.takenAt - pause.since < ms;
}

function findingOf(world: World, nodes: readonly NodeView[], isEverywhere: boolean) {
	const primary = solePrimary(world);
	const where = isEverywhere ? "every node that answers" : listed(nodes.map(quoted));
	const dead = nodes.filter(({ repmgrd }) => repmgrd.running === false).map(quoted);
	const [first] = nodes;
	const pause = newestPause(nodes);
	return finding({
		code: "REPMGRD_PAUSED",
		severity: "warning",
		...(!isEverywhere && first !== undefined && { node: first }),
		message: `repmgrd is paused on ${where}${pause === null ? "" : `, since ${formatClock(pause.since, world.snapshot.takenAt)} ${pauseWords(pause, world.snapshot.takenAt)}`}`,
		detail: `${
			isEverywhere
				? "No failover will happen"
				: "In a failover it does nothing there, and the other nodes may wait for it"
		} until it is unpaused.${
			dead.length === 0
				? ""
				: ` On ${listed(dead)} it is not known to run either: the pause is kept in a file and applies when it starts.`
		}`,
		hint: `${
			primary === null
				? "There is no single primary: resolve that first, by hand."
				: 'Unpause when the work that needed it is done; "repmgr service unpause" does that on all nodes.'
		} Unpausing starts no failover for a primary that is already dead: a standby must then be promoted by hand.`,
		evidence: nodes.flatMap((node) => [
			evidenceOf(node, `repmgr.repmgrd_is_paused() = true${since(world, node)}`),
			...(node.repmgrd.pause
				? [
						evidenceOf(
							node,
							`its host: since ${formatDateTime(node.repmgrd.pause.since)} UTC ${pauseWords(node.repmgrd.pause, world.snapshot.takenAt)}`,
							"ssh",
						),
					]
				: []),
		]),
		remedy: primary && unpauseFrom(isEverywhere || first === undefined ? primary : first),
		...(primary === null && {
			doNot:
				"Do not unpause and wait for a failover: repmgrd does not replace a primary that is already dead.",
		}),
	});
}

function since(world: World, node: NodeView): string {
	const pause = presentPeriod(world, node)?.pause;
	if (!pause) return "";
	return `, since ${formatDateTime(pause.since)} UTC${pause.isExact ? "" : " or earlier"}`;
}
