import type { NodeView } from "../../cluster/snapshot.ts";
import { byteCount, listed, quoted, sentence } from "../../cluster/words.ts";
import { type Facts, hostOf } from "../facts.ts";
import type { Prerequisite } from "../plan.ts";
import { failed, ok, unknown, unread, warning } from "./check.ts";

/** What a node's host must have for anything to be run there. */
export function canRunOn(facts: Facts, node: NodeView): Prerequisite {
	const title = `commands can be run on ${quoted(node)}`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) {
		return failed(title, sentence(host.fault), host.fault.hint ?? "SSH to the host is needed.");
	}
	const { repmgr, canWriteState } = host.value;
	if (repmgr === null) {
		return failed(
			title,
			"No repmgr program was found there.",
			"Install it, or set pg_bindir or repmgr_bindir in repmgr.conf.",
		);
	}
	return canWriteState
		? ok(title, `${repmgr.path} is ${repmgr.version}.`)
		: failed(
				title,
				"The owner of the database can't write to its home directory.",
				"Run directories and the lock are kept there.",
			);
}

/** repmgr calls itself there with `-f` and the registered path. */
export function hasConfigFile(facts: Facts, node: NodeView): Prerequisite {
	const title = `repmgr.conf of ${quoted(node)} is where it is registered`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const path = node.registered.configFile;
	const { configuredNodeId } = host.value;
	if (!host.value.hasConfigFile) {
		return failed(
			title,
			`${path} can't be read there.`,
			"Put it there, or register the node again with its real path.",
		);
	}
	return configuredNodeId === null || configuredNodeId === node.nodeId
		? ok(title, `${path} is there.`)
		: failed(
				title,
				`${path} is that of node ${configuredNodeId}.`,
				"Register the node again with its own file.",
			);
}

/** What repmgr.conf has run by sudo works without a password, and without a terminal. */
export function sudoWorks(facts: Facts, node: NodeView): Prerequisite {
	const title = `service commands of ${quoted(node)} need no password`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const { sudo } = host.value;
	const refused = sudo.filter(({ isPermitted }) => isPermitted === false);
	const unclear = sudo.filter(({ isPermitted }) => isPermitted === null);
	const said = (trials: typeof sudo): string => [...new Set(trials.map(({ why }) => why))].join(" ");
	const owner = facts.ownerOn(node.nodeId) ?? "postgres";
	if (refused.length > 0) {
		const fix = `On ${quoted(node)}: visudo, and let ${owner} run these commands with NOPASSWD, and without requiretty.`;
		return failed(title, said(refused), fix);
	}
	if (unclear.length > 0) return unknown(title, `${said(unclear)} Whether that works is not asked.`);
	return ok(title, sudo.length > 0 ? "sudo permits them all." : "None of them uses sudo.");
}

/** systemctl says that all is well, too, when it stops what does not run: the server has to be the unit's own. */
export function stopsItsServer(facts: Facts, node: NodeView): Prerequisite {
	const title = `service_stop_command of ${quoted(node)} stops this very server`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const stop = host.value.units.find(({ parameter }) => parameter === "service_stop_command");
	if (stop === undefined) return ok(title, "It is not systemctl's.");
	const { unit, loadState, activeState, mainPid } = stop;
	const postmaster = host.value.look.postmaster || null;
	const fix = `Set the right unit in repmgr.conf; should ${quoted(node)} have been started by hand, restart it by its unit.`;
	if (loadState !== "loaded") return failed(title, `systemd says of ${unit}: ${loadState}.`, fix);
	if (postmaster !== null && ["inactive", "failed"].includes(activeState)) {
		return failed(title, `The server runs, and ${unit} is ${activeState}: to stop it would do nothing.`, fix);
	}
	if (postmaster !== null && mainPid !== null && mainPid !== postmaster.pid) {
		return failed(title, `The server is process ${postmaster.pid}, and that of ${unit} is ${mainPid}.`, fix);
	}
	return ok(title, `${unit} is ${activeState}.`);
}

/** repmgr refuses to work with another version of itself. */
export function sameVersion(facts: Facts, nodes: readonly NodeView[]): Prerequisite {
	const title = "one version of repmgr everywhere";
	const versions = nodes.flatMap((node) => {
		const version = hostOf(facts, node.nodeId).value?.repmgr?.version;
		return version === undefined ? [] : [{ node, version: version.split(".").slice(0, 2).join(".") }];
	});
	const different = new Set(versions.map(({ version }) => version));
	const said = versions.map(({ node, version }) => `${quoted(node)} has ${version}`);
	if (different.size > 1) return failed(title, `${listed(said)}.`, "Bring them to the same version first.");
	return versions.length < nodes.length
		? unknown(title, "Not every host could be asked.")
		: ok(title, `All have ${[...different][0] ?? "none"}.`);
}

const LITTLE_SHARE = 0.05;
const LITTLE_BYTES = 64 * 1024 ** 2;

/** A server that finds its disk full while it starts does not start. */
export function hasDiskSpace(facts: Facts, node: NodeView): Prerequisite {
	const title = `disk space on ${quoted(node)}`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const { disks } = host.value.look;
	if (disks.length === 0) return unknown(title, "The data directory's disk was not seen.");
	const said = `${disks.map((disk) => `${disk.of}: ${byteCount(disk.availableBytes)} free`).join(", ")}.`;
	const isFull = disks.some(
		({ availableBytes, sizeBytes }) =>
			availableBytes < LITTLE_BYTES && availableBytes < LITTLE_SHARE * sizeBytes,
	);
	if (isFull) return failed(title, said, "Make room first.");
	const isTight = disks.some(({ availableBytes, sizeBytes }) => availableBytes < LITTLE_SHARE * sizeBytes);
	return isTight ? warning(title, said) : ok(title, said);
}
