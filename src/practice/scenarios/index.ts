import type { Scenario } from "./scenario.ts";

const ALL_NODES = ["node1", "node2", "node3", "node4"] as const;
const pausedEverywhere = (seconds: number): Scenario["happens"] =>
	ALL_NODES.map((node) => ({ seconds, fault: "pause-repmgrd", node }));

/** All scenarios, the easiest first. */
export const SCENARIOS: readonly Scenario[] = [
	{
		name: "calm",
		title: "A calm cluster",
		story:
			"Four nodes that are well: a primary, two standbys and a witness. Look around, switch over, break something with ! and see what the console says.",
		goal: "",
		happens: [],
		hints: [
			"Select a standby with ↓ and press s for a switchover.",
			"Press ! to break something on the selected node.",
		],
		lesson: "",
	},
	{
		name: "forgotten-pause",
		title: "A forgotten pause",
		story: "There was maintenance last night. Since then nobody has looked at this cluster.",
		goal: "repmgrd fails over again on every node.",
		happens: pausedEverywhere(2),
		hints: [
			"The first line of the screen says what is wrong.",
			"What keeps repmgrd from failing over can be taken back for all nodes at once.",
			'Press o, choose "unpause failover", Enter for the plan, Enter again, and y.',
		],
		lesson:
			"Give a reason with every pause: it is in the journal, and the banner shows it to whoever looks next.",
	},
	{
		name: "lagging-standby",
		title: "A lagging standby",
		story: "Reports that run on node3 show yesterday's figures, says a colleague.",
		goal: "node3 replays as fast as it receives.",
		happens: [{ seconds: 2, fault: "slow-replay", node: "node3" }],
		hints: [
			"It receives everything: look at what it has replayed (Enter on node3).",
			"Nothing is wrong with repmgr. The cause is on node3 itself, outside of the console: a slow disk, or a query that replay waits for.",
			"Press ! with node3 selected, and take the cause away.",
		],
		lesson:
			"A standby that lags still receives: its WAL is safe, and a failover loses nothing. It would only take longer.",
	},
	{
		name: "lost-slot",
		title: "A lost slot",
		story: "Somebody has cleaned up replication slots that looked unused, while node3 was restarting.",
		goal: "node3 streams again.",
		happens: [{ seconds: 2, fault: "drop-slot", node: "node3" }],
		hints: [
			"The finding names the slot and the node that misses it.",
			"repmgr creates the slot of a standby when that standby is told to follow its upstream.",
			"A running standby that detached is attached by: o, follow, node3, node1.",
		],
		lesson:
			"A slot that is gone while the WAL is still there is no loss. Hours later it would have taken a clone.",
	},
	{
		name: "stale-witness",
		title: "A stale witness",
		story: "The host of node4 was rebooted during maintenance.",
		goal: "The witness takes part in failovers again.",
		happens: [{ seconds: 2, fault: "stop-repmgrd", node: "node4" }],
		hints: [
			"A witness without its repmgrd copies repmgr.nodes no more.",
			'Press o and choose "start repmgrd" for node4.',
		],
		lesson:
			"An enabled unit starts repmgrd at boot: the check of the configuration (c) says where it is not.",
	},
	{
		name: "dead-primary",
		title: "A dead primary, and an automatic failover",
		story: "The OOM killer is about to visit node1.",
		goal: "The cluster has a primary and two streaming standbys again.",
		happens: [{ seconds: 5, fault: "kill-postgres", node: "node1" }],
		hints: [
			"Do nothing at first: repmgrd fails over by itself. Watch it.",
			"The old primary must not simply be started: it would be a second primary.",
			"Once there is a new primary: o, rejoin, node1, and allow it to be rewound.",
		],
		lesson: "Whoever promotes by hand while repmgrd holds its election makes a split brain.",
	},
	{
		name: "dead-primary-manual",
		title: "A dead primary, where failover is manual",
		story:
			"This cluster's repmgr.conf has failover=manual, by decision of the management. node1 is about to die.",
		goal: "The cluster has a primary and two streaming standbys again.",
		happens: [
			{ seconds: 0, fault: "manual-failover", node: "node2" },
			{ seconds: 0, fault: "manual-failover", node: "node3" },
			{ seconds: 5, fault: "kill-postgres", node: "node1" },
		],
		hints: [
			"Nobody will promote a standby for you. Look first whether the primary is really gone.",
			"Of the standbys choose the one with the most WAL; the form of the operation puts it first.",
			"o, promote, node2. Afterwards: o, rejoin, node1, and allow it to be rewound.",
		],
		lesson:
			"The time in which nobody could write is the time that you took to decide. That is what automatic failover is for.",
	},
	{
		name: "half-done-switchover",
		title: "A half-done switchover",
		story: "A colleague began a switchover from a shell, and lost the connection.",
		goal: "The cluster has a primary that accepts writes, and repmgrd is paused nowhere.",
		happens: [...pausedEverywhere(3), { seconds: 4, fault: "stop-postgres", node: "node1" }],
		hints: [
			"Was the primary stopped in good order, or did it crash? Its node says so (Enter on node1).",
			"After a clean stop nothing is lost, and no standby was promoted: the old primary can be started again.",
			"o, start, node1. Then o, unpause.",
		],
		lesson: "The console's switchover runs on the hosts, outlives the connection, and takes its pauses back.",
	},
	{
		name: "full-disk",
		title: "A full disk",
		story: "A dump was written to the wrong directory, on the host of the primary.",
		goal: "The cluster has a primary and two streaming standbys again.",
		happens: [{ seconds: 5, fault: "fill-disk", node: "node1" }],
		hints: [
			"The primary has stopped because it can't write WAL. Watch what repmgrd does.",
			"A server does not start on a full disk: space first. Press ! with node1 selected.",
			"Then node1 is a former primary like any other: o, rejoin.",
		],
		lesson: "The finding DISK_NEARLY_FULL comes hours before this, if somebody watches.",
	},
	{
		name: "everything-at-once",
		title: "Everything at once",
		story:
			"Maintenance was never finished: repmgrd is paused everywhere, that of the witness does not run at all, a slot is gone. And node1 is about to die.",
		goal: "The cluster has a primary and two streaming standbys again, and repmgrd runs on every node and is paused nowhere.",
		happens: [
			...pausedEverywhere(2),
			{ seconds: 2, fault: "stop-repmgrd", node: "node4" },
			{ seconds: 3, fault: "drop-slot", node: "node3" },
			{ seconds: 30, fault: "kill-postgres", node: "node1" },
		],
		hints: [
			"Writing first: everything else can wait. Unpausing now starts no failover for a primary that is dead already.",
			"node3 has stopped receiving before node1 died: node2 has more. o, promote, node2.",
			"Then what is left, one after the other: o, rejoin, node1; o, unpause; o, start repmgrd, node4.",
		],
		lesson:
			"Each of these was harmless alone. Together they took away the automatic failover, and half of the choice.",
	},
	{
		name: "split-brain",
		title: "A split brain",
		story: "Somebody was told that node1 is dead, and promoted node2. node1 was not dead.",
		goal: "One primary, two streaming standbys, and every repmgrd runs.",
		happens: [{ seconds: 5, fault: "promote", node: "node2" }],
		hints: [
			"Both accept writes, and every second makes it worse. Decide which one to keep: who is followed by the others?",
			"Keep the other one from accepting writes before anything else: Enter on the finding, or o, fence.",
			"Fence node2. Then o, rejoin, node2, and allow it to be rewound: what only it has is saved first, and lost.",
			"At last start its repmgrd: o, start repmgrd, node2.",
		],
		lesson:
			"Cut off is not dead. The console refuses a promotion while any node still hears from the primary.",
	},
];
