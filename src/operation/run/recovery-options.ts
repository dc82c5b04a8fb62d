import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { errorLine, repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import { DRY_RUN_TITLE } from "../plan/step.ts";
import { compareWal, listOwnCommits } from "../rejoin/wal-comparison.ts";
import type { RunState } from "./run-state.ts";
import { type RecoveryOptions, type Way, withoutPrimary } from "./without-primary.ts";

export type { RecoveryOptions } from "./without-primary.ts";

/** Of a run, what the ways out of it depend on. */
type Ended = Pick<RunState, "plan" | "outcome" | "steps" | "rejoinLogs">;

/** Judged by what is seen now, not by what the failed step was about to do; only why it failed is the run's own word. */
export function recoveryOptions(run: Ended, facts: Facts): RecoveryOptions {
	const now = standing(facts);
	const astray = standingElsewhere(run, facts);
	const state = [now.state, ...astray.map(({ state: said }) => said), ...whyItFailed(run)].join(" ");
	const ways = inOrder([...now.ways, ...astray.map(({ way }) => way)], run, facts);
	// While it runs, that they are paused is as it should be.
	if (run.outcome === "running") return { state, ways };
	const { paused, untold } = leftPaused(run, facts);
	if (paused.length + untold.length === 0) return { state, ways };
	const said = [
		...(paused.length > 0
			? [`repmgrd is still paused on ${listed(paused.map(quoted))}, and was not before.`]
			: []),
		...(untold.length > 0
			? [`Whether it is paused on ${listed(untold.map(quoted))} can't be read; a pause outlives a restart.`]
			: []),
	];
	return {
		state: [state, ...said].join(" "),
		ways: [
			...ways,
			{
				title: "let repmgrd fail over again, once there is a primary and all of them answer",
				command: "unpause",
				intent: { kind: "unpause", reason: `after ${run.plan.title}` },
			},
		],
	};
}

/** A stop that went well leaves something to be done, too. */
export function hasRecoveryOptions({
	outcome,
	plan: { intent },
}: Pick<RunState, "outcome" | "plan">): boolean {
	return outcome === "failed" || (outcome === "done" && intent.kind === "stop");
}

/** What protects data comes first, and what the others need before that. */
function inOrder(ways: readonly Way[], run: Ended, facts: Facts): readonly Way[] {
	const unrewindable = run.steps
		.filter(
			({ step, status, output }) => status === "failed" && step.key.startsWith("rejoin") && lacksWal(output),
		)
		.map(({ step }) => step.command.nodeId);
	const order = (way: Way): number => ["register", "follow"].indexOf(way.intent?.kind ?? "") + 1 || 3;
	return ways
		.map((way) =>
			way.intent?.kind === "rejoin" && unrewindable.includes(way.intent.nodeId)
				? cloneAgain(facts, way.intent.nodeId)
				: way,
		)
		.toSorted((a, b) => order(a) - order(b));
}

/** pg_rewind reads the node's own WAL from the last checkpoint before the fork on. Once that is removed it fails for ever. */
function lacksWal(output: string): boolean {
	return /could not (open|read|restore) file "[^"]*[0-9A-F]{24}"|could not find previous WAL record|has already been removed/.test(
		output,
	);
}

const NO_LOGIN = { host: null, port: 5432, user: null, database: null };

function cloneAgain(facts: Facts, nodeId: number): Way {
	const node = nodeOf(facts, nodeId);
	const primary = facts.snapshot.nodes.find(({ observed }) => observed.role === "primary");
	const name = node?.nodeName ?? String(nodeId);
	const { host, port, user, database } = primary?.registered ?? NO_LOGIN;
	const words = [
		...["-h", host ?? "PRIMARY", "-p", String(port)],
		...(user === null ? [] : ["-U", user]),
		...(database === null ? [] : ["-d", database]),
		...["standby", "clone", "--force"],
	];
	const argv = node === null ? words : repmgr(facts, node, words).argv;
	return {
		title: `clone "${name}" again: pg_rewind needs WAL that is removed there, and would fail again. Its data are replaced: save what only it has before. Then: start ${shellWords([name])}, and register ${shellWords([name])}`,
		command: `on "${name}", as the owner of the database: ${shellWords(argv)}`,
	};
}

/** The complaint of repmgr's rejoin or of its trial: to go the way out again is in vain until that is mended. */
function whyItFailed({ steps, rejoinLogs }: Ended): readonly string[] {
	const failed = steps.find(({ status }) => status === "failed");
	if (failed === undefined) return [];
	const log = failed.step.rejoinLogOn === null ? undefined : rejoinLogs.at(-1);
	const inLog = log && errorLine(log.text.split("\n"));
	if (inLog) return [`The rejoin ended with: ${inLog} Mend that first.`];
	const inDryRun = failed.step.title === DRY_RUN_TITLE ? errorLine(failed.output.split("\n")) : null;
	return inDryRun === null
		? []
		: [`Nothing was changed by repmgr's trial, which ended with: ${inDryRun} Mend that first.`];
}

/** Standbys that were to be the primary's, and stream from another node: healthy, but not as it was wanted. */
function standingElsewhere({ steps }: Ended, { snapshot }: Facts) {
	const { nodes, cluster } = snapshot;
	const primary = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	const wanted = steps
		.filter(({ status }) => status === "failed" || status === "skipped")
		.flatMap(({ step }) => step.expects)
		.flatMap((one) => (one.kind === "streaming" && one.fromNodeId === primary?.nodeId ? [one.nodeId] : []));
	return nodes.flatMap((node) => {
		const upstream = nodes.find(({ nodeId }) => nodeId === node.observed.upstreamNodeId);
		if (primary === undefined || upstream === undefined || upstream === primary) return [];
		if (!wanted.includes(node.nodeId) || node.observed.status !== "streaming") return [];
		const intent = { kind: "follow", nodeId: node.nodeId, upstreamNodeId: primary.nodeId } as const;
		return [
			{
				state: `${quoted(node)} streams from ${quoted(upstream)} still.`,
				way: {
					title: `attach ${quoted(node)} to it`,
					command: `follow ${shellWords([node.nodeName])}`,
					intent,
				},
			},
		];
	});
}

function standing(facts: Facts): RecoveryOptions {
	const { nodes } = facts.snapshot;
	const primaries = nodes.filter(({ observed }) => observed.role === "primary");
	const [primary] = primaries;
	if (primaries.length > 1) {
		return {
			state: `There are ${primaries.length} primaries now: ${listed(primaries.map(quoted))}.`,
			ways: [
				{ title: "find out which one to keep", command: "status" },
				{
					title: "stop each other one; what only it has is to be saved before it is rejoined",
					command: "stop NODE",
				},
			],
		};
	}
	if (primary === undefined) return withoutPrimary(facts);
	const left = nodes.filter((node) => node !== primary);
	return {
		state: [
			`${quoted(primary)} is the primary and accepts writes.`,
			...left.flatMap((node) => standsAs(facts, node) ?? []),
		].join(" "),
		ways: [...registerFirst(primary), ...left.flatMap((node) => wayBackOf(facts, node, primary))],
	};
}

/** repmgr rejoins nothing to a primary that is not registered as one in its own repmgr.nodes. */
function registerFirst(primary: NodeView): readonly Way[] {
	const { nodeId, nodeName } = primary;
	const rows = current(primary.state.server)?.registrations ?? null;
	const own = rows?.find((row) => row.nodeId === nodeId);
	if (rows === null || (own?.type === "primary" && own.active)) return [];
	return [
		{
			title: `register ${quoted(primary)} as the primary`,
			command: `register ${shellWords([nodeName])}`,
			intent: { kind: "register", nodeId },
		},
	];
}

/** Why a node is not in its place; null where it is, as far as that is seen. */
function standsAs(facts: Facts, node: NodeView): string | null {
	const { status, reachable } = node.observed;
	if (status === "detached") return `${quoted(node)} receives from nobody.`;
	if (reachable) return null;
	const state = stateOfStopped(facts, node);
	if (state === null) return `${quoted(node)} does not answer (${status}).`;
	return wasPrimary(state)
		? `${quoted(node)}, which was a primary, ${state === "shut down" ? "was shut down cleanly" : "ended without a shutdown"} and has not rejoined.`
		: `${quoted(node)} is stopped.`;
}

function wayBackOf(facts: Facts, node: NodeView, primary: NodeView): readonly Way[] {
	const { nodeId, nodeName, observed } = node;
	const state = observed.reachable ? null : stateOfStopped(facts, node);
	if (state !== null && node.registered.type !== "witness" && wasPrimary(state)) {
		const itsWalComparison = compareWal(facts, node, primary);
		const isWell = itsWalComparison.kind === "attaches";
		const list = listOwnCommits(facts, node, itsWalComparison);
		const save: readonly Way[] =
			list === null
				? []
				: [
						{
							title: `save what only ${quoted(node)} has before it is rewound; its commits are listed`,
							command: `on ${quoted(node)}, as the owner of the database: ${list}`,
						},
					];
		return [
			...save,
			{
				title: `rejoin ${quoted(node)} to it`,
				command: `rejoin ${shellWords([nodeName])}${isWell ? "" : " --force-rewind"}`,
				intent: { kind: "rejoin", nodeId, forceRewind: !isWell, stopFirst: false },
			},
		];
	}
	if (state !== null)
		return [
			{
				title: `start ${quoted(node)}`,
				command: `start ${shellWords([nodeName])}`,
				intent: { kind: "start", nodeId },
			},
		];
	if (observed.status !== "detached") return [];
	return compareWal(facts, node, primary).kind === "diverged"
		? [
				{
					title: `rewind ${quoted(node)}, which has diverged, and rejoin it`,
					command: `rejoin ${shellWords([nodeName])} --stop-first --force-rewind`,
					intent: { kind: "rejoin", nodeId, forceRewind: true, stopFirst: true },
				},
			]
		: [
				{
					title: `attach ${quoted(node)}`,
					command: `follow ${shellWords([nodeName])}`,
					intent: { kind: "follow", nodeId, upstreamNodeId: primary.nodeId },
				},
			];
}

/** What the control data of a node say whose host has no postmaster; null: one runs, or nobody knows. */
function stateOfStopped(facts: Facts, { nodeId }: NodeView): string | null {
	const look = hostOf(facts, nodeId).value?.look;
	return look?.postmaster === false ? (look.controlData?.state ?? null) : null;
}

/** A standby's control data say "shut down in recovery", or "in archive recovery". */
function wasPrimary(state: string): boolean {
	return !/recovery/.test(state);
}

/** Of the nodes that were not paused when the operation began: those that are now, and those that do not tell. */
function leftPaused({ plan }: Pick<RunState, "plan">, { snapshot }: Facts) {
	const unpaused = new Set(plan.pausedBefore.filter(({ isPaused }) => !isPaused).map(({ nodeId }) => nodeId));
	const nodes = snapshot.nodes.filter(({ nodeId }) => unpaused.has(nodeId));
	return {
		paused: nodes.filter(({ repmgrd }) => repmgrd.paused === true),
		untold: nodes.filter(({ repmgrd }) => repmgrd.paused === null),
	};
}
