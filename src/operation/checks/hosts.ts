import { fenceWords } from "../../assess/fence.ts";
import type { HostReading } from "../../model/host-reading.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import { programFault } from "../../model/repmgr-conf.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes } from "../../text/format.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { confValue, type Facts, fenceOn, hostOf, otherCluster } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { failed, ok, unknown, unread, warning } from "./check.ts";

/** A node, or a host that will be one. */
export type NodeName = Pick<NodeView, "nodeId" | "nodeName">;

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
	// A program that can't be loaded prints the reason in place of its version.
	if (!/^\d+\.\d+/.test(repmgr.version)) {
		return failed(
			title,
			`${repmgr.path} --version says "${repmgr.version}".`,
			"Repair the installation of repmgr.",
		);
	}
	return canWriteState
		? ok(title, `${repmgr.path} is ${repmgr.version}.`)
		: failed(
				title,
				"The owner of the database can't write to its home directory.",
				"The console keeps run directories and its lock there.",
			);
}

/** The plan runs psql without a terminal (-w), where no password can be typed. Empty: it was not tried. */
export function psqlLogsIn(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const said = facts.psqlLogins?.get(node.nodeId);
	if (said === undefined) return [];
	const title = `psql logs in on ${quoted(node)}`;
	const owner = facts.ownerOn(node.nodeId) ?? "the owner of the database";
	if (said === null) return [ok(title, `As ${owner} there, without a password prompt.`)];
	const { host, port, user, database } = node.registered;
	const line = [host ?? "localhost", port, database ?? "*", user ?? "*", "PASSWORD"].join(":");
	return [
		failed(
			title,
			`As ${owner} there, it says: ${said}.`,
			`If a password is missing: the one in the registered conninfo is not used; put "${line}" into ~/.pgpass of ${owner} there.`,
		),
	];
}

/** repmgr runs itself on other hosts with `-f` and the registered path. */
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
			"Put the file there, or register the node again with its real path.",
		);
	}
	if (configuredNodeId === null) {
		return unknown(
			title,
			`${path} is there, but its node_id was not seen: it may be in a file that it includes.`,
		);
	}
	return configuredNodeId === node.nodeId
		? ok(title, `${path} is there.`)
		: failed(
				title,
				`${path} is that of node ${configuredNodeId}.`,
				"Register the node again with its own file.",
			);
}

/** The sudo commands of repmgr.conf work without a password and without a terminal. */
export function sudoWorks(facts: Facts, node: NodeName): Prerequisite {
	const title = `service commands of ${quoted(node)} need no password`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const { sudo } = host.value;
	const refused = sudo.filter(({ isPermitted }) => isPermitted === false);
	const unclear = sudo.filter(({ isPermitted }) => isPermitted === null);
	const said = (commands: typeof sudo): string => [...new Set(commands.map(({ why }) => why))].join(" ");
	const owner = facts.ownerOn(node.nodeId) ?? DATABASE_OWNER;
	if (refused.length > 0) {
		const fix = `On ${quoted(node)}: visudo, and let ${owner} run these commands with NOPASSWD, and without requiretty.`;
		return failed(title, said(refused), fix);
	}
	if (unclear.length > 0) return unknown(title, `${said(unclear)} It was not tried.`);
	return ok(title, sudo.length > 0 ? "sudo permits them all." : "None of them uses sudo.");
}

/** repmgr's dry run does not notice a service command whose program is missing; it would fail half way. */
export function programsExist(facts: Facts, node: NodeName, prefix = "service_"): Prerequisite {
	const title = `programs of the service commands of ${quoted(node)} can be run`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const programs = host.value.programs.filter(({ parameter }) => parameter.startsWith(prefix));
	const faults = programs.flatMap((program) => {
		const fault = programFault(program);
		return fault === null ? [] : [`${program.parameter}: ${fault}`];
	});
	if (faults.length > 0)
		return failed(title, faults.join(" "), "Correct the command in repmgr.conf, or its program.");
	const unclear = programs.flatMap(({ parameter, state }) => (state === "unclear" ? [parameter] : []));
	if (unclear.length > 0)
		return unknown(title, `Not checked: ${listed(unclear)}. Only a shell or root could check that.`);
	return programs.length === 0
		? unknown(title, "repmgr.conf can't be read, or none is set.")
		: ok(title, `${listed([...new Set(programs.map(({ program }) => program))])}.`);
}

/** `systemctl stop` succeeds for a unit that does not run, too: the server has to be a process of that unit. */
export function stopsItsServer(facts: Facts, node: NodeView): Prerequisite {
	const title = `service_stop_command of ${quoted(node)} stops this server`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const { look, units } = host.value;
	const command = confValue(facts, node.nodeId, "service_stop_command") ?? "";
	if (/\b(?:systemctl|pg_ctl|pg_ctlcluster)\s/.test(command) && !/\sstop(?:\s|$)/.test(command)) {
		return failed(
			title,
			`It does not contain "stop": "${command}".`,
			"Correct service_stop_command in repmgr.conf.",
		);
	}
	const stop = units.find(({ parameter }) => parameter === "service_stop_command");
	if (stop === undefined) return stopsWithoutUnit(facts, node, look, title);
	const { unit, loadState, activeState, mainPid } = stop;
	const fix = `Set the right unit in repmgr.conf; if ${quoted(node)} was started by hand, restart it by its unit.`;
	if (loadState !== "loaded") return failed(title, `systemd says of ${unit}: ${loadState}.`, fix);
	if (look.postmaster === null)
		return unknown(title, `${unit} is ${activeState}; the server's process is not seen.`);
	if (look.postmaster === false) return ok(title, `${unit} is ${activeState}, and the server is stopped.`);
	const { pid } = look.postmaster;
	if (["inactive", "failed"].includes(activeState)) {
		return failed(
			title,
			`The server runs, and ${unit} is ${activeState}: stopping the unit would do nothing.`,
			fix,
		);
	}
	if (mainPid === null) {
		const found = `${unit} is ${activeState} and has no process itself; whether it starts the server's unit is not checked.`;
		return unknown(title, found, "Name the server's own unit in repmgr.conf, e.g. postgresql@15-main.");
	}
	return mainPid === pid
		? ok(title, `${unit} is ${activeState}, and the server is its process ${pid}.`)
		: failed(title, `The server is process ${pid}, and that of ${unit} is ${mainPid}.`, fix);
}

/** pg_ctl names the server by its data directory; what a script stops can't be known without running it. */
function stopsWithoutUnit(facts: Facts, node: NodeView, look: HostReading, title: string): Prerequisite {
	if (look.repmgrConf === null) return unknown(title, "repmgr.conf can't be read.");
	const command = confValue(facts, node.nodeId, "service_stop_command") ?? "";
	const configured = confValue(facts, node.nodeId, "data_directory");
	const [, named = command === "" ? configured : null] =
		/^(?:\S*\/)?pg_ctl\s(?:.*\s)?(?:-D\s*|--pgdata[= ])(\/\S+)/.exec(command) ?? [];
	if (named === null) {
		const found = `It does not use systemctl: what "${command}" stops can't be known without running it.`;
		return unknown(title, found, "Make sure that it stops this server, and returns when the server is down.");
	}
	const plain = named.replace(/\/+$/, "");
	if (look.postmaster && plain === look.dataDirectory?.replace(/\/+$/, "")) {
		return ok(title, `pg_ctl stops the server of ${plain}, which is process ${look.postmaster.pid}.`);
	}
	return unknown(title, `pg_ctl would stop a server of ${plain}; whether that is this server was not seen.`);
}

/** systemd refuses to start a masked unit, and a fence without a mask means as much. */
export function isNotFenced(facts: Facts, node: NodeName): Prerequisite {
	const title = `nothing keeps ${quoted(node)} from being started`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const fence = fenceOn(facts, node);
	if (fence === null) return ok(title, "Its unit is not masked.");
	const found = sentence({ message: fenceWords(fence) });
	return fence.mask === null && fence.note?.how === "read-only"
		? warning(title, found)
		: failed(title, found, `To take that back first: unfence ${shellWords([node.nodeName])}`);
}

/** A server of another cluster may have the same name. */
export function isOfThisCluster(facts: Facts, node: NodeView): Prerequisite {
	const title = `the data of ${quoted(node)} are of this cluster`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const own = host.value.look.controlData?.systemIdentifier ?? null;
	const ours = facts.snapshot.cluster.systemIdentifier;
	if (own === null || ours === null) return unknown(title, "Its system identifier can't be read.");
	return own === ours
		? ok(title, `Its system identifier is ${own}.`)
		: failed(
				title,
				`Its system identifier is ${own}, the cluster's ${ours}.`,
				`Clone it again: clone ${shellWords([node.nodeName])}`,
			);
}

/** No server of this cluster may be started with half-rewound data, nor with those of another cluster. */
export function dataMayRun(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const half = notHalfRewound(facts, node);
	return otherCluster(facts, node) === null ? half : [...half, isOfThisCluster(facts, node)];
}

/** Empty: no rewind of it has broken off. A half-rewound directory can neither be started nor, in general, rewound again. */
export function notHalfRewound(facts: Facts, node: NodeView): readonly Prerequisite[] {
	if (hostOf(facts, node.nodeId).value?.look.isHalfRewound !== true) return [];
	return [
		failed(
			`the data directory of ${quoted(node)} is whole`,
			"A rewind of it has broken off: it holds pages of two servers. It must not be started.",
			`clone ${shellWords([node.nodeName])}`,
		),
	];
}

/** Empty: repmgr would damage no setting when it writes primary_conninfo on that node. */
export function keepsSettings(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const damaged = hostOf(facts, node.nodeId).value?.damagedByRepmgr ?? [];
	if (damaged.length === 0) return [];
	const resets = damaged.map((name) => `ALTER SYSTEM RESET ${name};`).join(" ");
	return [
		failed(
			`repmgr can write postgresql.auto.conf of ${quoted(node)}`,
			`${listed(damaged)} there ${damaged.length === 1 ? "has" : "have"} a quote or backslash, which repmgr does not escape when it writes the file again: the server could neither start nor reload with it.`,
			`Set ${damaged.length === 1 ? "it" : "them"} in postgresql.conf instead, and in psql on ${quoted(node)}: ${resets}`,
		),
	];
}

/** repmgr refuses to work with a different version of itself. */
export function sameVersion(facts: Facts, nodes: readonly NodeView[]): Prerequisite {
	const title = "one version of repmgr on all hosts";
	const versions = nodes.flatMap((node) => {
		const version = hostOf(facts, node.nodeId).value?.repmgr?.version;
		return version === undefined ? [] : [{ node, version: version.split(".").slice(0, 2).join(".") }];
	});
	const different = new Set(versions.map(({ version }) => version));
	const said = versions.map(({ node, version }) => `${quoted(node)} has ${version}`);
	if (different.size > 1)
		return failed(title, `${listed(said)}.`, "Install the same version on all of them first.");
	return versions.length < nodes.length
		? unknown(title, "Not every host could be asked.")
		: ok(title, `All have ${[...different][0] ?? "none"}.`);
}

const LITTLE_SHARE = 0.05;
const LITTLE_BYTES = 64 * 1024 ** 2;

/** A server does not start on a full disk. */
export function hasDiskSpace(facts: Facts, node: NodeView): Prerequisite {
	const title = `disk space on ${quoted(node)}`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const { disks } = host.value.look;
	if (disks.length === 0) return unknown(title, "The data directory's disk was not seen.");
	const said = `${disks.map((disk) => `${disk.of}: ${formatBytes(disk.availableBytes)} free`).join(", ")}.`;
	const isFull = disks.some(
		({ availableBytes, sizeBytes }) =>
			availableBytes < LITTLE_BYTES && availableBytes < LITTLE_SHARE * sizeBytes,
	);
	if (isFull) return failed(title, said, "Free space first.");
	const isTight = disks.some(({ availableBytes, sizeBytes }) => availableBytes < LITTLE_SHARE * sizeBytes);
	return isTight ? warning(title, said) : ok(title, said);
}
