import type { RegisterHostIntent } from "../../model/intent.ts";
import { current } from "../../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import type { HostSurvey } from "../../model/survey.ts";
import { cutName, quoted, sentence } from "../../text/words.ts";
import { failed, ok, unknown } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import type { Facts, UnregisteredHost } from "../plan/facts.ts";
import type { Command, Prerequisite, Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless, writablePrimary } from "../plan/refusal.ts";
import { dryRunStep, step } from "../plan/step.ts";

/** `repmgr standby register` for a server without a row; its repmgr.conf says its node_id, name and conninfo. */
export function planHost(intent: RegisterHostIntent, facts: Facts): Requested {
	const title = `register the standby on "${cutName(intent.host)}"`;
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const { unregisteredHost } = facts;
	if (unregisteredHost == null || unregisteredHost.survey.fault !== undefined) {
		const fault = unregisteredHost?.survey.fault;
		return refused(`${title} is refused: its host can't be read`, {
			detail: fault === undefined ? "The console uses no SSH." : sentence(fault),
			hint: fault?.hint ?? "SSH to it is needed, by the name or address that was given.",
		});
	}
	const host = unregisteredHost.survey.value;
	const nodeId = host.configuredNodeId;
	const nodeName = host.look.repmgrConf?.node_name;
	if (nodeId === null || nodeName === undefined) {
		return refused(`${title} is refused: no repmgr.conf says which node it is`, {
			detail: `${unregisteredHost.configFile} can't be read there by the owner of the database, or has no node_id and node_name.`,
			hint: "Write one, with its own node_id, or give its path: --config-file PATH",
		});
	}
	const known = facts.snapshot.nodes.find((node) => node.nodeId === nodeId || node.nodeName === nodeName);
	if (known !== undefined) {
		return refused(`${title} is refused: ${quoted(known)} is registered as node ${known.nodeId}`, {
			detail: `${unregisteredHost.configFile} there says that it is node ${nodeId}, "${cutName(nodeName)}".`,
			hint: `If it is that node: register ${known.nodeName}. If not, give it its own node_id and node_name.`,
		});
	}
	const upstream = upstreamOf(facts.snapshot, unregisteredHost, nodeName);
	if (upstream === null) {
		return refused(`${title} is refused: it is not seen to stream from any node`, {
			detail: "Its registered upstream decides which node it follows, and whose votes count with its own.",
			hint: "Clone it, or set its primary_conninfo to a node of the cluster, with its node_name as application_name.",
		});
	}
	const prerequisites = [noOtherOperation(facts), ...unregisteredHostChecks(facts, host)];
	const words = ["standby", "register", `--upstream-node-id=${upstream.nodeId}`];
	const run = (more: readonly string[]): Command => ({
		nodeId,
		user: unregisteredHost.user,
		argv: [host.repmgr?.path ?? "repmgr", "-f", unregisteredHost.configFile, ...words, ...more],
		sharesSshTo: [],
	});
	return refusedUnless(title, prerequisites, () => {
		const plan = planOf(intent, title, facts, {
			prerequisites,
			steps: [
				dryRunStep(run(["--dry-run"])),
				step({
					key: "register",
					title: `register "${cutName(nodeName)}" as a standby of ${quoted(upstream)}`,
					command: run([]),
					expects: [{ kind: "registered", nodeId, as: "standby", upstreamNodeId: upstream.nodeId }],
					settleSeconds: 15,
					verification: `repmgr.nodes on the primary has node ${nodeId} as an active standby under node ${upstream.nodeId}`,
					wayBack: `unregister ${cutName(nodeName)}`,
				}),
			],
			blastRadius: impact({
				reasoning: `Only repmgr.nodes changes: node ${nodeId}, "${cutName(nodeName)}", gets a row from its repmgr.conf. It counts in elections from then on.`,
			}),
			confirmation: { kind: "yes" },
		});
		return { ...plan, nodes: [...plan.nodes, { nodeId, nodeName }] };
	});
}

/** The node whose walsender serves it, by application_name or address. */
function upstreamOf(
	{ nodes }: ClusterSnapshot,
	{ host }: UnregisteredHost,
	nodeName: string,
): NodeView | null {
	return (
		nodes.find(({ state }) =>
			current(state.server)?.walSenders.some(
				({ applicationName, clientAddress }) => applicationName === nodeName || clientAddress === host,
			),
		) ?? null
	);
}

function unregisteredHostChecks({ snapshot }: Facts, host: HostSurvey): readonly Prerequisite[] {
	const { look } = host;
	const own = look.controlData?.systemIdentifier ?? null;
	const ours = snapshot.cluster.systemIdentifier;
	return [
		commandsCanBeRun(host),
		own === null
			? unknown("its data are of this cluster", "Its system identifier can't be read.")
			: own === ours
				? ok("its data are of this cluster", `Its system identifier is ${own}.`)
				: failed(
						"its data are of this cluster",
						`Its system identifier is ${own}, the cluster's ${ours}.`,
						"It belongs to another cluster: clone it.",
					),
	];
}

export function commandsCanBeRun({ repmgr, canWriteState }: HostSurvey): Prerequisite {
	const title = "commands can be run there";
	return repmgr !== null && canWriteState
		? ok(title, `${repmgr.path} is ${repmgr.version}.`)
		: failed(
				title,
				repmgr === null
					? "No repmgr program was found there."
					: "The owner of the database can't write to its home directory.",
				"Install repmgr, or set pg_bindir or repmgr_bindir in its repmgr.conf; run directories are kept in the home directory.",
			);
}
