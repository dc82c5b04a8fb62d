import { fenceWords } from "../../assess/fence.ts";
import { commitWords } from "../../assess/own-commits.ts";
import { forkPoint, sideOf, sideWords } from "../../assess/sides.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDateTime } from "../../text/format.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok, unknown, unread, warning } from "../checks/check.ts";
import { canRunOn } from "../checks/hosts.ts";
import { type Facts, fenceOn, hostOf, serverOf, serverUnitOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { systemctl } from "./steps.ts";

/** What can't be reached can't be fenced from here, and may go on accepting writes. */
export function canBeFencedFromHere(facts: Facts, node: NodeView): Prerequisite {
	const host = hostOf(facts, node.nodeId);
	if (host.fault === undefined) return canRunOn(facts, node);
	return failed(
		`the host of ${quoted(node)} can be reached`,
		`${sentence(host.fault)} From here it can't be fenced, and whoever reaches it may still write to it.`,
		`Fence it where it can be reached: at the hypervisor, power its virtual machine off and keep it from starting by itself; or at the switch or firewall, shut its network ports, towards the clients as well; or at its power supply. Take it out of the connection poolers and load balancers. When it is back, keep it apart until it has rejoined.`,
	);
}

export const WITHOUT_MASK = "--without-mask";

/** Masking is tried only where it will work and keeps this very server from being started. */
export function unitCanBeMasked(facts: Facts, node: NodeView, isWanted: boolean): Prerequisite {
	const title = `the unit of ${quoted(node)} can be masked`;
	if (!isWanted) {
		return warning(
			title,
			"It is left as it is: the server is stopped, but nothing keeps it from being started, by systemd at the next boot, by repmgr or by hand.",
			"What would, on Debian and as its owner: the word disabled in start.conf of the cluster (pg_ctlcluster(1)).",
		);
	}
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const no = (found: string, fix: string): Prerequisite =>
		failed(
			title,
			found,
			`${fix} Or fence it without a mask, so that nothing keeps it stopped: ${WITHOUT_MASK}`,
		);
	const unit = serverUnitOf(hostOf(facts, node.nodeId).value);
	if (unit === null)
		return no("Its service_stop_command names no unit of systemd.", "Name its unit there, in repmgr.conf.");
	const { loadState, mainPid, fragmentPath } = unit;
	if (loadState === "masked") return ok(title, `${unit.unit} is masked already.`);
	if (loadState !== "loaded")
		return no(`systemd says of ${unit.unit}: ${loadState}.`, "Set the right unit in repmgr.conf.");
	const { postmaster } = host.value.look;
	if (postmaster && postmaster.pid !== mainPid) {
		return no(
			`The server is process ${postmaster.pid}, and ${unit.unit} has ${mainPid === null ? "no process itself" : `process ${mainPid}`}: its mask would not keep this server from being started.`,
			"Name the server's own unit in repmgr.conf, e.g. postgresql@15-main.",
		);
	}
	if (fragmentPath?.startsWith("/etc/systemd/system/")) {
		return no(
			`Its file is ${fragmentPath} itself, where systemctl would put the mask.`,
			"Move that file to /usr/local/lib/systemd/system and run systemctl daemon-reload.",
		);
	}
	return mayUse(facts, node, ["mask", "unmask"], title, no);
}

/** @param no makes the failed check of what was found and its fix. */
function mayUse(
	facts: Facts,
	node: NodeView,
	verbs: readonly ("mask" | "unmask")[],
	title: string,
	no: (found: string, fix: string) => Prerequisite,
): Prerequisite {
	const masking = hostOf(facts, node.nodeId).value?.masking ?? [];
	const denied = masking.filter(({ parameter, isPermitted }) =>
		verbs.some((verb) => verb === parameter && isPermitted !== true),
	);
	if (masking.length > 0 && denied.length === 0)
		return ok(
			title,
			`sudo permits ${verbs.join(" and ")} of ${serverUnitOf(hostOf(facts, node.nodeId).value)?.unit}.`,
		);
	const owner = facts.ownerOn(node.nodeId) ?? DATABASE_OWNER;
	const line = verbs.map((verb) => systemctl(facts, node, verb).join(" ")).join(", ");
	const found = denied
		.map(({ parameter, why }) => why.replace(parameter, `systemctl ${parameter}`))
		.join(" ");
	return no(
		found === "" ? "sudo was not asked for it." : found,
		`On ${quoted(node)}: visudo, and add this line: ${owner} ALL=(root) NOPASSWD: ${line}`,
	);
}

/** The mask of a server's unit can be taken back; only where it is masked. */
export function unitCanBeUnmasked(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const mask = hostOf(facts, node.nodeId).value?.look.masked?.find((one) => one.of === "PostgreSQL");
	if (mask === undefined) return [];
	const title = `the mask of ${mask.unit} can be taken back`;
	if (mask.isRuntime) {
		return [
			failed(
				title,
				"It is masked until its host boots again; this console takes back lasting masks only.",
				`On ${quoted(node)}: sudo systemctl unmask --runtime ${shellWords([mask.unit])}`,
			),
		];
	}
	return [mayUse(facts, node, ["unmask"], title, (found, fix) => failed(title, found, fix))];
}

/** For a rejoin, which takes a fence back; only where the node is fenced. */
export function fenceTakenBack(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const fence = fenceOn(facts, node);
	if (fence === null) return [];
	const found = `${sentence({ message: fenceWords(fence) })} A step of its own takes that back.`;
	return [warning(`${quoted(node)} is not fenced`, found), ...unitCanBeUnmasked(facts, node)];
}

/** Sessions in a prepared transaction have none to end: COMMIT PREPARED is allowed in a read-only transaction. */
export function noPreparedTransactions(facts: Facts, node: NodeView): Prerequisite {
	const title = `no prepared transactions on ${quoted(node)}`;
	const count = serverOf(facts, node.nodeId).value?.preparedTransactions ?? null;
	if (count === null) return unknown(title, "They can't be counted.");
	return count === 0
		? ok(title, "There are none.")
		: warning(title, `There are ${count}: they can still be committed.`, "See pg_prepared_xacts.");
}

/** What each primary of a split brain has, as sentences; empty where there is no split brain. */
export function evidencePerSide(facts: Facts, primaries: readonly NodeView[]): readonly string[] {
	if (primaries.length < 2) return [];
	const fork = forkPoint(primaries);
	return [
		fork === null
			? "Where the primaries parted is not known."
			: `They parted at ${fork.lsn}, the end of timeline ${fork.timeline}.`,
		...primaries.map((node) => {
			const { observed, nodeId } = node;
			const side = sideOf(facts.snapshot, node, fork);
			const { writingSessions = null, lastCommitAt = null } = serverOf(facts, nodeId).value ?? {};
			const commits = facts.sideCommits?.get(nodeId) ?? null;
			const streams =
				side.followers.length === 0
					? ""
					: ` ${listed(side.followers.map(quoted))} ${side.followers.length === 1 ? "receives" : "receive"} from it.`;
			return [
				`${quoted(node)}, on timeline ${observed.timeline ?? "unknown"} at ${observed.currentLsn ?? "an unknown position"}, ${sideWords(side)}.`,
				streams,
				writingSessions === null
					? ""
					: ` ${writingSessions} of its sessions ${writingSessions === 1 ? "has" : "have"} written in an open transaction.`,
				commits === null ? "" : ` Since then: ${commitWords(commits)}.`,
				commits !== null && commits.lastAt !== null
					? ""
					: lastCommitAt === null
						? " Its last commit is not known (track_commit_timestamp is off)."
						: ` Its last commit: ${formatDateTime(lastCommitAt)} UTC.`,
			].join("");
		}),
	];
}
