import type { Severity } from "../../../src/model/snapshot.ts";
import { type ElectionStage, STANDBYS } from "./election-stage.ts";
import { waitForStreaming } from "./support.ts";

/** The state of the cluster when its primary dies, and the expected outcome. */
export interface Situation {
	readonly what: string;
	readonly make?: (stage: ElectionStage) => Promise<void>;
	/** The fault that takes the primary away; by default its server is killed. */
	readonly death?: "kill-postgres" | "cut";
	/** Timeouts of silent hosts, which delay a promotion. */
	readonly silentSeconds?: number;
	/** The expected forecast, which proves that the situation is the intended one. */
	readonly promoted: readonly number[];
	readonly because: RegExp;
	/** By default ok when a standby is promoted, else a warning. */
	readonly severity?: Severity;
}

export const SITUATIONS: readonly Situation[] = [
	{ what: "nothing special", promoted: [2], because: /higher priority \(100, not 90\)/ },
	{
		what: "the primary is cut off instead of killed",
		// Without it a repmgrd that is waiting for the primary's answer hangs for a quarter of an hour.
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
		what: "the standby with the higher priority is behind",
		make: (stage) => stage.fallBehind("node2"),
		promoted: [3],
		because: /has received \d+ bytes more than "node2"/,
	},
	{
		what: "the standby that is ahead has priority 0",
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
		what: "the best candidate's repmgrd was stopped cleanly",
		make: (stage) => stage.cluster.fault("stop-repmgrd", "node2"),
		promoted: [3],
		because: /the only candidate/,
		severity: "warning",
	},
	{
		what: "the best candidate's repmgrd was killed",
		make: (stage) => stage.cluster.fault("kill-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd does not run/,
	},
	{
		what: "the best candidate's repmgrd is frozen",
		make: (stage) => stage.cluster.fault("freeze-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd is frozen/,
	},
	{
		what: "the best candidate's repmgrd is paused",
		make: (stage) => stage.cluster.fault("pause-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd is paused/,
	},
	{
		what: "the other candidate's repmgrd is paused",
		make: (stage) => stage.cluster.fault("pause-repmgrd", "node3"),
		promoted: [2],
		because: /higher priority/,
		severity: "warning",
	},
	{
		what: "the best candidate is in manual mode",
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
		what: "all other nodes are in another location",
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
		what: "replay is paused on the best candidate, which has WAL to replay",
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
		what: "a standby follows the other one",
		make: async (stage) => {
			await stage.repmgr("node3", "standby", "follow", "--upstream-node-id=2");
			await waitForStreaming(stage.cluster, "node3", "node2");
		},
		promoted: [2],
		because: /the only candidate/,
	},
	{
		what: "the best candidate lost the primary while it was paused, and is unpaused now",
		make: async (stage) => {
			// Neither receives WAL any more, so that node2 does not fall behind while it is cut off.
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
