import { wasStandby } from "../../model/control-state.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { errorLine } from "../plan/commands.ts";
import { type Facts, hostOf } from "../plan/facts.ts";
import { isDryRun } from "../plan/step.ts";
import { compareWal, listOwnCommits } from "../rejoin/wal-comparison.ts";
import { whileUnitStops } from "../service/changing.ts";
import type { RunState } from "./run-state.ts";
import { type RecoveryOption, type Situation, withoutPrimary } from "./without-primary.ts";

/** What a console read of the cluster after a failure or in a stall, and what can be done. */
export interface RecoveryOptions extends Situation {
	/** When it was read, ms. */
	readonly readAt: number;
	/** Names of the nodes whose server answered, and of those whose did not. */
	readonly answered: readonly string[];
	readonly silent: readonly string[];
}

/** What the options depend on. */
type Ended = Pick<RunState, "plan" | "outcome" | "steps" | "rejoinLogs">;

/** The options by what is seen now, not by what the failed step was about to do; the run itself only says why it failed. */
export function recoveryOptions(run: Ended, facts: Facts): RecoveryOptions {
	const { nodes, takenAt } = facts.snapshot;
	const namesOf = (reachable: boolean): readonly string[] =>
		nodes.filter(({ observed }) => observed.reachable === reachable).map(({ nodeName }) => nodeName);
	return {
		readAt: takenAt,
		answered: namesOf(true),
		silent: namesOf(false),
		...situation(run, facts),
	};
}

function situation(run: Ended, facts: Facts): Situation {
	const now = clusterOptions(facts);
	const elsewhere = streamingElsewhere(run, facts);
	const stopping = whileUnitStops(facts);
	const state = [now.state, stopping.state, ...elsewhere.map(({ state: said }) => said), ...whyItFailed(run)]
		.filter((said) => said !== "")
		.join(" ");
	// Both may name the same server.
	const others = now.ways.filter(({ command }) => !stopping.ways.some((way) => way.command === command));
	const ways = inOrder([...stopping.ways, ...others, ...elsewhere.map(({ way }) => way)], run, facts);
	// While the operation runs, repmgrd is paused on purpose.
	if (run.outcome === "running") return { state, ways };
	const { paused, unread } = leftPaused(run, facts);
	if (paused.length + unread.length === 0) return { state, ways };
	const said = [
		...(paused.length > 0
			? [`repmgrd is still paused on ${listed(paused.map(quoted))}, and was not before.`]
			: []),
		...(unread.length > 0
			? [`Whether it is paused on ${listed(unread.map(quoted))} can't be read; a pause outlives a restart.`]
			: []),
	];
	return {
		state: [state, ...said].join(" "),
		ways: [
			...ways,
			{
				title: "let repmgrd fail over again, once there is a primary and all nodes answer",
				command: "unpause",
				intent: { kind: "unpause", reason: `after ${run.plan.title}` },
			},
		],
	};
}

/** What succeeded may leave something to do, too: the old primary and the siblings of a promoted node, a fenced node. */
export function hasRecoveryOptions({
	outcome,
	plan: { intent },
}: Pick<RunState, "outcome" | "plan">): boolean {
	if (outcome === "failed" || outcome === "stopped") return true;
	return outcome === "done" && ["stop", "fence", "unfence", "promote"].includes(intent.kind);
}

/** Options that protect data first, but before them what they need. */
function inOrder(ways: readonly RecoveryOption[], run: Ended, facts: Facts): readonly RecoveryOption[] {
	const unrewindable = run.steps
		.filter(
			({ step, status, output }) => status === "failed" && step.key.startsWith("rejoin") && lacksWal(output),
		)
		.map(({ step }) => step.command.nodeId);
	const order = (way: RecoveryOption): number =>
		["register", "follow"].indexOf(way.intent?.kind ?? "") + 1 || 3;
	return ways
		.map((way) =>
			way.intent?.kind === "rejoin" && unrewindable.includes(way.intent.nodeId)
				? cloneAgain(facts, way.intent.nodeId)
				: way,
		)
		.toSorted((a, b) => order(a) - order(b));
}

/** pg_rewind reads the node's own WAL from the last checkpoint before the fork. Once that is removed, it fails every time. */
function lacksWal(output: string): boolean {
	return /could not (open|read|restore) file "[^"]*[0-9A-F]{24}"|could not find previous WAL record|has already been removed/.test(
		output,
	);
}

function cloneAgain({ snapshot }: Facts, nodeId: number): RecoveryOption {
	const name = snapshot.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? String(nodeId);
	const upstreamNodeId = snapshot.cluster.primaryNodeId;
	return {
		title: `clone "${name}" again: pg_rewind needs WAL that was removed there, and would fail again. The old directory, with what only it has, is kept`,
		command: `clone ${shellWords([name])}`,
		...(upstreamNodeId !== null && {
			intent: { kind: "clone", nodeId, upstreamNodeId, maxRate: "", discardOld: false },
		}),
	};
}

/** The error of repmgr's rejoin or dry run: the operation fails again until that is fixed. */
function whyItFailed({ steps, rejoinLogs }: Ended): readonly string[] {
	const failed = steps.find(({ status }) => status === "failed");
	if (failed === undefined) return [];
	const log = failed.step.rejoinLogOn === null ? undefined : rejoinLogs.at(-1);
	const inLog = log && errorLine(log.text.split("\n"));
	if (inLog) return [`The rejoin ended with: ${inLog} Fix that first.`];
	const inDryRun = isDryRun(failed.step) ? errorLine(failed.output.split("\n")) : null;
	return inDryRun === null
		? []
		: [`repmgr's dry run changed nothing and ended with: ${inDryRun} Fix that first.`];
}

/** Standbys that should have followed the primary, and still stream from another node. */
function streamingElsewhere({ steps }: Ended, { snapshot }: Facts) {
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
				state: `${quoted(node)} still streams from ${quoted(upstream)}.`,
				way: {
					title: `attach ${quoted(node)} to it`,
					command: `follow ${shellWords([node.nodeName])}`,
					intent,
				},
			},
		];
	});
}

function clusterOptions(facts: Facts): Situation {
	const { nodes } = facts.snapshot;
	const primaries = nodes.filter(({ observed }) => observed.role === "primary");
	const [primary] = primaries;
	if (primaries.length > 1) {
		const readOnly = primaries.filter(({ state }) => current(state.server)?.readOnlyByDefault === true);
		const state = `There are ${primaries.length} primaries now: ${listed(primaries.map(quoted))}.`;
		if (readOnly.length === primaries.length - 1) {
			const verb = readOnly.length === 1 ? "is" : "are";
			return {
				state: `${state} ${listed(readOnly.map(quoted))} ${verb} read-only by default, which any session can undo.`,
				ways: readOnly.map(({ nodeName }) => ({
					title: `stop "${nodeName}" for certain, once its data are no longer wanted there`,
					command: `fence ${shellWords([nodeName])} --reason TEXT`,
				})),
			};
		}
		return {
			state,
			ways: [
				{ title: "find out which one to keep", command: "status" },
				{
					title: "fence all others; save what only they have before they are rejoined",
					command: "fence NODE --reason TEXT",
				},
			],
		};
	}
	if (primary === undefined) return withoutPrimary(facts);
	const left = nodes.filter((node) => node !== primary);
	return {
		state: [
			`${quoted(primary)} is the primary and accepts writes.`,
			...left.flatMap((node) => problemOf(facts, node) ?? []),
		].join(" "),
		ways: [...registerFirst(primary), ...left.flatMap((node) => optionsFor(facts, node, primary))],
	};
}

/** repmgr rejoins a node only to a primary that is registered as one in its own repmgr.nodes. */
function registerFirst(primary: NodeView): readonly RecoveryOption[] {
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

/** What is wrong with a node, or null. */
function problemOf(facts: Facts, node: NodeView): string | null {
	const { status, reachable } = node.observed;
	if (status === "detached") return `${quoted(node)} has no upstream.`;
	if (reachable) return null;
	const state = stateOfStopped(facts, node);
	if (state === null) return `${quoted(node)} does not answer (${status}).`;
	return !wasStandby(state)
		? `${quoted(node)}, which was a primary, ${state === "shut down" ? "was shut down cleanly" : "ended without a shutdown"} and has not rejoined.`
		: `${quoted(node)} is stopped.`;
}

function optionsFor(facts: Facts, node: NodeView, primary: NodeView): readonly RecoveryOption[] {
	const { nodeId, nodeName, observed } = node;
	const state = observed.reachable ? null : stateOfStopped(facts, node);
	if (state !== null && node.registered.type !== "witness" && !wasStandby(state)) {
		const wal = compareWal(facts, node, primary);
		const isWell = wal.kind === "attaches";
		const list = listOwnCommits(facts, node, wal);
		const save: readonly RecoveryOption[] =
			list === null
				? []
				: [
						{
							title: `save what only ${quoted(node)} has before it is rewound; this lists its commits`,
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

/** The control data's state of a node without a postmaster; null: one runs, or that is unknown. */
function stateOfStopped(facts: Facts, { nodeId }: NodeView): string | null {
	const look = hostOf(facts, nodeId).value?.look;
	return look?.postmaster === false ? (look.controlData?.state ?? null) : null;
}

/** Of the nodes that were not paused when the operation began: those that are now, and those that can't be read. */
function leftPaused({ plan }: Pick<RunState, "plan">, { snapshot }: Facts) {
	const unpaused = new Set(plan.pausedBefore.filter(({ isPaused }) => !isPaused).map(({ nodeId }) => nodeId));
	const nodes = snapshot.nodes.filter(({ nodeId }) => unpaused.has(nodeId));
	return {
		paused: nodes.filter(({ repmgrd }) => repmgrd.paused === true),
		unread: nodes.filter(({ repmgrd }) => repmgrd.paused === null),
	};
}
