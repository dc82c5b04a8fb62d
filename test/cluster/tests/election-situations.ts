import type { Severity } from "../../../src/model/snapshot.ts";
import { type ElectionStage, STANDBYS } from "./election-stage.ts";
import { waitForStreaming } from "./support.ts";

/** How the cluster stands when its primary dies, and what is to come of it. */
export interface Situation {
	readonly what: string;
	readonly make?: (stage: ElectionStage) => Promise<void>;
	/** By which the primary is taken away: a killed server by default. */
	readonly death?: "kill-postgres" | "cut";
	/** Time-outs of silent hosts, which come on top before somebody would be promoted. */
	readonly silentSeconds?: number;
	/** So that no situation is another one than is meant. */
	readonly promoted: readonly number[];
	readonly because: RegExp;
	/** By default ok when somebody is promoted, else a warning. */
	readonly severity?: Severity;
}

export const SITUATIONS: readonly Situation[] = [
	{ what: "nothing special", promoted: [2], because: /higher priority \(100, not 90\)/ },
	{
		what: "the primary is cut off instead of killed",
		// Without it a repmgrd that just waits for an answer of the primary hangs for a quarter of an hour.
		make: async (stage) => {
			await stage.setNodes("conninfo = conninfo || ' tcp_user_timeout=3000'", 1);
			await Promise.all(STANDBYS.map((host) => stage.restartRepmgrd(host)));
		},
		death: "cut",
		promoted: [2],
		because: /higher priority/,
	},
	{
		what: "the other standby has the higher priority",
		make: (stage) => stage.setNodes("priority = 200", 3),
		promoted: [3],
		because: /higher priority \(200, not 100\)/,
	},
	{
		what: "equal priorities",
		make: (stage) => stage.setNodes("priority = 100", 3),
		promoted: [2],
		because: /same priority, and has the lower node id/,
	},
	{
		what: "the one of higher priority is behind",
		make: (stage) => stage.fallBehind("node2"),
		promoted: [3],
		because: /has received \d+ bytes more than "node2"/,
	},
	{
		what: "one is ahead, but has priority 0",
		make: async (stage) => {
			await stage.setNodes("priority = 0", 2);
			await stage.fallBehind("node3");
		},
		promoted: [3],
		because: /the only candidate/,
		severity: "warning",
	},
	{
		what: "both have priority 0",
		make: (stage) => stage.setNodes("priority = 0", 2, 3),
		promoted: [],
		because: /"node2" has priority 0 and "node3" has priority 0/,
	},
	{
		what: "the best one's repmgrd was stopped in order",
		make: (stage) => stage.cluster.fault("stop-repmgrd", "node2"),
		promoted: [3],
		because: /the only candidate/,
		severity: "warning",
	},
	{
		what: "the best one's repmgrd was killed",
		make: (stage) => stage.cluster.fault("kill-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd does not run/,
	},
	{
		what: "the best one's repmgrd is frozen",
		make: (stage) => stage.cluster.fault("freeze-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd is frozen/,
	},
	{
		what: "the best one's repmgrd is paused",
		make: (stage) => stage.cluster.fault("pause-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd is paused/,
	},
	{
		what: "another one's repmgrd is paused",
		make: (stage) => stage.cluster.fault("pause-repmgrd", "node3"),
		promoted: [2],
		because: /higher priority/,
		severity: "warning",
	},
	{
		what: "the best one is in manual mode",
		make: (stage) => stage.setConf("failover='manual'", "node2"),
		promoted: [],
		because: /failover=manual/,
	},
	{
		what: "the witness is cut off",
		make: (stage) => stage.cluster.fault("cut", "node4"),
		promoted: [2],
		because: /higher priority/,
		severity: "warning",
	},
	{
		what: "the witness and a standby are cut off: no majority",
		make: async (stage) => {
			await stage.cluster.fault("cut", "node3");
			await stage.cluster.fault("cut", "node4");
		},
		silentSeconds: 4,
		promoted: [],
		because: /only 1 of 3 nodes answer: no majority/,
		severity: "unknown",
	},
	{
		what: "everybody else is in another location",
		make: (stage) => stage.setLocations("dc2", 2, 3, 4),
		promoted: [],
		because: /no node in the primary's location "default" answers/,
	},
	{
		what: "only the witness is in the primary's location",
		make: (stage) => stage.setLocations("dc2", 2, 3),
		promoted: [2],
		because: /higher priority/,
	},
	{
		what: "replay is paused on the best one while WAL waits",
		make: async (stage) => {
			await stage.cluster.fault("pause-replay", "node2");
			await stage.write();
		},
		promoted: [2],
		because: /higher priority/,
	},
	{
		what: "consensus is on, and there is only one attempt",
		make: (stage) => stage.setConf("reconnect_attempts=1\nprimary_visibility_consensus=true", ...STANDBYS),
		promoted: [],
		because: /primary_visibility_consensus is on/,
	},
	{
		what: "a standby lives below the other one",
		make: async (stage) => {
			await stage.repmgr("node3", "standby", "follow", "--upstream-node-id=2");
			await waitForStreaming(stage.cluster, "node3", "node2");
		},
		promoted: [2],
		because: /the only candidate/,
	},
	{
		what: "the best one lost the primary while it was paused, and is unpaused now",
		make: async (stage) => {
			// Neither receives more, so that node2 does not fall behind while it is cut off.
			await stage.waitForQuiet();
			await Promise.all(STANDBYS.map((host) => stage.detach(host)));
			await stage.cluster.fault("pause-repmgrd", "node2");
			await stage.cluster.fault("cut-pair", "node2", "node1");
			await stage.waitUntilBlind("node2", 14);
			await stage.cluster.heal("pause-repmgrd", "node2");
		},
		promoted: [],
		because: /its repmgrd has not seen the primary for \d+ s and waits for it/,
	},
];
