import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { pauseSteps } from "../pause/steps.ts";
import { scriptOn } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf, passwordsOf } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { byConsole, step } from "../plan/step.ts";
import { places, repmgrdAgain } from "../rolling/steps.ts";
import { conninfoOf, lineChange, lineText, loginsTo, ownersFor } from "./logins.ts";
import { END_SCRIPT, PREPARE_SCRIPT, RENEW_SCRIPT, SEE_SCRIPT, WAIT_SCRIPT } from "./password-scripts.ts";

/** How long repmgrd may take to show that it still runs. */
const WELL_SECONDS = 60;

/** All that is done to give repmgr's role another password, in its order; END_SCRIPT leads forward or back whatever happens. */
export function passwordSteps(facts: Facts, role: string, primary: NodeView): readonly Step[] {
	const { nodes } = facts.snapshot;
	const witnesses = nodes.filter(({ registered }) => registered.type === "witness");
	return [
		...nodes.map((node) => prepare(facts, role, primary, node)),
		...pauseSteps(facts, nodes),
		// The witness last: where the primary has the new password, there is only a way forward.
		...[primary, ...witnesses].map((node) => renew(facts, role, primary, node)),
		...nodes.map((node) => see(facts, primary, node)),
		step({
			key: "well",
			title: "see every node in its place, and repmgrd run as before",
			...byConsole(primary),
			expects: [...places(facts), ...nodes.flatMap(repmgrdAgain)],
			settleSeconds: WELL_SECONDS,
			verification: "every standby streams from its upstream, repmgrd runs where it ran",
			wayBack: 'See "status". The new password is in place on all hosts.',
		}),
		...endSteps(facts, primary),
	];
}

/** What ends the change on each host. @param suffix makes keys that differ from those of an earlier attempt. */
export function endSteps(facts: Facts, primary: NodeView, suffix = ""): readonly Step[] {
	return facts.snapshot.nodes.flatMap((node) => {
		const { value } = passwordsOf(facts, node.nodeId);
		if (value === undefined) return [];
		return [
			step({
				key: `end-${node.nodeId}${suffix}`,
				title: `remove the old password from ${quoted(node)}, or go back to it where the primary has no new one`,
				command: scriptOn(
					facts,
					node,
					END_SCRIPT,
					[...common(facts, primary, node), conninfoOf(node, "sql")],
					[`rm ${value.path}.repmgr-console-*, once it has the password that the primary has`],
				),
				verification: "the command ends with 0",
				runs: "always",
				together: true,
			}),
		];
	});
}

/** Both primary and hosts are known: without them nothing can be ended. */
export function resumedEndSteps(facts: Facts, suffix: string): readonly Step[] | null {
	const { nodes, cluster } = facts.snapshot;
	const primary = cluster.primaryNodeId === null ? null : nodeOf(facts, cluster.primaryNodeId);
	const areRead = nodes.every(({ nodeId }) => passwordsOf(facts, nodeId).value !== undefined);
	return primary === null || !areRead ? null : endSteps(facts, primary, suffix);
}

function common(facts: Facts, primary: NodeView, { nodeId }: NodeView): readonly string[] {
	const psql = hostOf(facts, nodeId).value?.psql ?? "psql";
	return [psql, passwordsOf(facts, nodeId).value?.path ?? "", conninfoOf(primary, "sql")];
}

function prepare(facts: Facts, role: string, primary: NodeView, node: NodeView): Step {
	const { value } = passwordsOf(facts, node.nodeId);
	const lines = value === undefined ? [] : lineChange(value, ownersFor(facts.snapshot, role, value)).lines;
	const diff = lines.flatMap((entry) => {
		const text = value === undefined ? "" : lineText(value, entry);
		return [`-${text}:(old password)`, `+${text}:(new password)`];
	});
	const numbers = lines.map(({ line }) => line).join(" ");
	const words = [escaped(role), identifier(role), numbers, WAIT_SCRIPT];
	return step({
		key: `prepare-${node.nodeId}`,
		title: `write the next password file of ${quoted(node)} beside the present one`,
		command: {
			...scriptOn(
				facts,
				node,
				PREPARE_SCRIPT,
				[...common(facts, primary, node), ...words],
				[`write ${value?.path}.repmgr-console-new`, ...diff, PUT_IN_PLACE],
			),
			takes: "new password",
		},
		verification: "the next file has these lines, and waits",
		wayBack: "The present file is as it was; what lies beside it is removed.",
		together: true,
	});
}

const PUT_IN_PLACE =
	"wait there, even without this console, and put it in place as soon as the primary no longer accepts the old password";

function renew(facts: Facts, role: string, primary: NodeView, node: NodeView): Step {
	const isPrimary = node === primary;
	const statement = `ALTER ROLE ${identifier(role)} PASSWORD (SCRAM verifier, made by this console)`;
	return step({
		key: `renew-${node.nodeId}`,
		title: isPrimary
			? `change the password of ${role} on ${quoted(node)}, from where standbys get it`
			: `change it on witness ${quoted(node)}, which is a cluster of its own`,
		command: scriptOn(
			facts,
			node,
			RENEW_SCRIPT,
			[...common(facts, primary, node), conninfoOf(node, "sql")],
			[`psql -f ${passwordsOf(facts, node.nodeId).value?.path}.repmgr-console-sql: ${statement}`],
		),
		verification: "the server accepts the new password",
		wayBack: isPrimary
			? "If it failed, the old password holds, and the files go back to it."
			: "The new password holds on the primary; the end of the operation tries the witness again.",
	});
}

function see(facts: Facts, primary: NodeView, node: NodeView): Step {
	const logins = loginsTo(facts.snapshot);
	const names = logins.map((login) => ({ ...login, name: `${login.node.nodeName} (${login.way})` }));
	return step({
		key: `see-${node.nodeId}`,
		title: `see ${quoted(node)} log in to every node with the new password`,
		command: scriptOn(
			facts,
			node,
			SEE_SCRIPT,
			[...common(facts, primary, node), ...names.flatMap(({ name, conninfo }) => [name, conninfo])],
			[
				`with the new ${passwordsOf(facts, node.nodeId).value?.path}: psql to ${names.map(({ name }) => name).join(", ")}`,
			],
		),
		verification: "every server accepts it, for its database and for replication",
		wayBack: "The new password holds. See what is said, and try that login by hand.",
		together: true,
	});
}

/** As a field of a password file. */
function escaped(text: string): string {
	return text.replaceAll(/[\\:]/g, "\\$&");
}

/** As SQL has it, whatever the name is. */
function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
