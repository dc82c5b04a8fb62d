import type { RollingIntent } from "../../model/intent.ts";
import { quoted } from "../../text/words.ts";
import type { Operation } from "../operation.ts";
import type { Facts } from "../plan/facts.ts";
import { nodeOf } from "../plan/facts.ts";
import type { Requested } from "../plan/plan.ts";
import { refused, writablePrimary } from "../plan/refusal.ts";
import { NO_PRIMARY, nodeIdOf, nodeQuestion, standbyNote, standbysOf } from "../questions.ts";
import { likeliestCandidate, unfitToTakeOver } from "../switchover/switchover.ts";
import { planRestarts } from "./restarts.ts";
import { planSetting } from "./setting.ts";
import { planUpgrade } from "./upgrade.ts";

export const ROLLING: Operation<RollingIntent> = {
	kind: "rolling",
	title: "rolling work",
	about:
		"Restarts node after node, upgrades PostgreSQL or repmgr to a minor release, or changes one setting on all of them: the standbys first, the primary last, by a switchover. It stops when the cluster is not well after a node.",
	commandLine: {
		about:
			"restart or upgrade node after node, or change one setting everywhere; the primary last, by a switchover",
		words: [
			{
				key: "what",
				about:
					"restart: all nodes where a restart is pending; upgrade: newer packages of the same major version, where there are any; set: one setting on all data nodes",
				choices: ["restart", "upgrade", "set"],
				isRequired: true,
			},
			{
				key: "setting",
				about: "of set: NAME=VALUE, e.g. max_connections=200; written by ALTER SYSTEM",
			},
		],
		options: [
			{
				flags: "--to <node>",
				about:
					"the standby that takes over before the primary restarts; without it the one with the highest priority",
				key: "node",
				takes: "node",
				noPrimary: NO_PRIMARY,
				otherwise: (snapshot) => likeliestCandidate(snapshot)?.nodeId ?? null,
			},
			{ flags: "--all", about: "restart also the nodes where no restart is pending", key: "all" },
			{
				flags: "--accept-lost-slots",
				about: "go on although logical slots stay behind, and their subscribers with them",
				key: "acceptLostSlots",
			},
		],
	},
	questions: (snapshot) => [
		{
			key: "what",
			kind: "choice",
			title: "What",
			choices: [
				{ value: "restart", label: "restart", note: "every node where a restart is pending", unfit: null },
				{ value: "upgrade", label: "upgrade", note: "PostgreSQL and repmgr, minor releases", unfit: null },
				{ value: "set", label: "set", note: "one setting on all data nodes", unfit: null },
			],
		},
		{ key: "setting", kind: "text", title: "The setting", empty: "only to set one: NAME=VALUE" },
		nodeQuestion("node", "Takes over before the primary restarts", likeliestFirst(snapshot), (node) => ({
			note: standbyNote(node),
			unfit: unfitToTakeOver(node, snapshot),
		})),
		{
			key: "all",
			kind: "switch",
			title: "also restart nodes where no restart is pending",
			option: "--all",
			isOn: false,
		},
		{
			key: "acceptLostSlots",
			kind: "switch",
			title: "logical slots may be left behind",
			option: "--accept-lost-slots",
			isOn: false,
		},
	],
	intent: (values) => ({
		kind: "rolling",
		what: values.what === "set" || values.what === "upgrade" ? values.what : "restart",
		setting: String(values.setting ?? "").trim(),
		nodeId: nodeIdOf(values),
		all: values.all === true,
		acceptLostSlots: values.acceptLostSlots === true,
	}),
	needs: { sshFromNode: true, replicationFromNode: true, settings: true },
	plan: planRolling,
};

/** The same node first as on the command line without --to. */
function likeliestFirst(snapshot: Facts["snapshot"]): ReturnType<typeof standbysOf> {
	const likeliest = likeliestCandidate(snapshot);
	return standbysOf(snapshot).toSorted(
		(one, other) => Number(other === likeliest) - Number(one === likeliest),
	);
}

function planRolling(intent: RollingIntent, facts: Facts): Requested {
	const { what, setting } = intent;
	const title = what === "set" ? `rolling set ${setting}`.trim() : `rolling ${what}`;
	if (what !== "set" && setting !== "") {
		return refused(`${title} takes no setting`, {
			detail: `"${setting}" was given.`,
			hint: "To change a setting: rolling set NAME=VALUE",
		});
	}
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const candidate = nodeOf(facts, intent.nodeId);
	if (candidate === null) return refused(`node ${intent.nodeId} is not registered`);
	if (candidate.registered.type === "witness") {
		return refused(`${quoted(candidate)} is a witness`, {
			detail: "A witness can't take over: it has no data of the cluster.",
			hint: "Choose a standby.",
		});
	}
	const roles = { primary, candidate };
	if (what === "upgrade") return planUpgrade(intent, facts, title, roles);
	return what === "set"
		? planSetting(intent, facts, title, roles)
		: planRestarts(intent, facts, title, roles);
}
