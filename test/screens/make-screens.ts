import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCluster } from "../cluster/cluster.ts";
import { Terminal } from "../support/terminal.ts";
import { calm } from "./calm.ts";
import { svgOf } from "./svg.ts";

/** The screens of the README: the built console on the real test cluster, in states that last. */
const COLUMNS = 100;
const ROWS = 28;

/** Gives the cluster a name of its own, as an operator would. */
const CONFIGURATION = `clusters:
  orders:
    conninfo: "host=node1,node2,node3 user=repmgr dbname=repmgr"
`;

/** Verdict and remarks have been the same for so long, or it is taken as it is. */
const CALM_MS = 5000;
const MOST_MS = 40_000;

const HOSTS = ["node1", "node2", "node3", "node4"] as const;

interface Shot {
	readonly name: string;
	readonly title: string;
	/** Its name and its host. */
	readonly fault?: readonly [string, string];
	/** Every repmgrd is paused, or it would end the state by a failover. */
	readonly isPaused?: true;
	/** Keys after the state is there. */
	readonly keys?: string;
	/** The text of the screen once it shows the whole state. */
	readonly shows: RegExp;
}

const SHOTS: readonly Shot[] = [
	{
		name: "healthy",
		title: "A healthy cluster: one primary, two standbys that stream, a witness",
		shows: /^OK {2}primary node1; 2 of 2 standbys stream(?:;|$)/m,
	},
	{
		name: "dead-standby",
		title: "A standby was killed: the cluster runs on with less redundancy",
		fault: ["kill-postgres", "node2"],
		shows: /^WARNING[\s\S]*STANDBY_DOWN/m,
	},
	{
		name: "cut-primary",
		title: "The primary cannot be reached from the bastion nor from the other nodes",
		fault: ["cut", "node1"],
		isPaused: true,
		shows: /^CRITICAL [\s\S]*unreachable/m,
	},
	{
		name: "split-brain",
		title: "Split brain: two primaries take writes",
		fault: ["two-primaries", "node2"],
		isPaused: true,
		shows: /^CRITICAL {2}2 primaries[\s\S]*SPLIT_BRAIN[\s\S]*node2 +primary/m,
	},
	{
		name: "finding",
		title: "The same split brain, its finding opened: evidence, what to do, what not to do",
		fault: ["two-primaries", "node2"],
		isPaused: true,
		keys: "v",
		shows: /^CRITICAL {2}2 primaries[\s\S]*SPLIT_BRAIN[\s\S]*node2 +primary/m,
	},
	{
		name: "plan",
		title: "A switchover before it is confirmed: what was checked, what it costs, the exact commands",
		keys: "s\r",
		shows: /^OK {2}primary node1; 2 of 2 standbys stream(?:;|$)/m,
	},
];

const directory = import.meta.dirname;
const wanted = process.argv.slice(2);
const cluster = openCluster({ prefix: "shots" });
try {
	for (const shot of SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
		// A new one each time: events of the picture before do not belong into this one.
		await cluster.down();
		await cluster.upFormed();
		if (shot.isPaused) for (const host of HOSTS) await cluster.fault("pause-repmgrd", host);
		await take(shot);
	}
} finally {
	await cluster.down();
}

/** The console is there before the state is: what it saw happen belongs to the picture. */
async function take({ name, title, fault, keys = "", shows }: Shot): Promise<void> {
	const state = mkdtempSync(join(tmpdir(), "repmgr-console-screens-"));
	writeFileSync(join(state, "config.yaml"), CONFIGURATION);
	const argv = cluster.inBastion([
		"env",
		`XDG_STATE_HOME=${state}`,
		"COLORTERM=truecolor",
		join(directory, "../../bin/repmgr-console"),
		...["--config", join(state, "config.yaml"), "--cluster", "orders"],
	]);
	const terminal = new Terminal(argv, { columns: COLUMNS, rows: ROWS });
	try {
		await terminal.waitFor(
			/node1 +primary +running[\s\S]*node2 +standby +streaming[\s\S]*node3 +standby +streaming[\s\S]*node4 +witness +running/,
			30_000,
		);
		if (fault !== undefined) await cluster.fault(...fault);
		await terminal.waitFor(shows, 30_000);
		terminal.press(keys);
		// Faults are judged again when a few polls agree, and hosts are looked at by SSH.
		await calm(terminal, CALM_MS, MOST_MS);
		writeFileSync(join(directory, `${name}.txt`), `${terminal.text().replaceAll(/ +$/gm, "")}\n`);
		writeFileSync(join(directory, `${name}.svg`), svgOf(terminal.cells(), title));
		process.stdout.write(`${name}\n`);
	} finally {
		terminal.close();
		rmSync(state, { recursive: true, force: true });
	}
}
