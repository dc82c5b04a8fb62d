import type { Fault, Outcome } from "../../model/fault.ts";
import type { Registration } from "../../model/registration.ts";
import { type ConfSetup, type ConninfoSetup, HIDDEN, type NodeSetup, type Setup } from "../../model/setup.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionParameters, Query } from "../../transport/ports.ts";
import { firstRow, setupAnswer, setupRightsAnswer } from "../answers.ts";
import { ConnectionLimiter } from "../connection-limiter.ts";
import type { HostTarget } from "../host/loop.ts";
import { LOOKING_AT_ONCE } from "../timing.ts";
import { type HostParts, parseConninfoSetup, parseSetup } from "./parse.ts";
import { parseSetupAnswer, type ServerParts } from "./parse-sql.ts";
import { SETUP_SCRIPT } from "./script.ts";
import { SETUP_RIGHTS, setupStatement } from "./sql.ts";

/** For a connection, and for each of two statements, ms. */
const SERVER_DEADLINE_MS = 4000;

/** For one read of a host, ms: names that do not resolve take seconds. */
const HOST_DEADLINE_MS = 20_000;

/** One node, and how to read its configuration. */
export interface SetupTarget {
	readonly registration: Registration;
	readonly parameters: Outcome<ConnectionParameters>;
	/** Null where hosts are not read. */
	readonly host: HostTarget | null;
}

export interface SetupContext {
	readonly query: Query;
	/** Why hosts are not read, or null. */
	readonly sshOff: string | null;
}

/** Reads the configuration of all nodes at once. Never throws; calls `onRead` after each node. */
export async function readSetup(
	targets: readonly SetupTarget[],
	context: SetupContext,
	onRead: () => void,
): Promise<Setup> {
	const limiter = new ConnectionLimiter(LOOKING_AT_ONCE);
	const hosts = targets.flatMap(({ registration: { host } }) => host ?? []);
	const nodes = await Promise.all(
		targets.map(async (target) => {
			const leave = await limiter.enter(false);
			const node = await readNode(target, hosts, context);
			leave();
			onRead();
			return node;
		}),
	);
	return {
		readAt: Date.now(),
		nodes: nodes.toSorted((a, b) => a.registration.nodeId - b.registration.nodeId),
	};
}

async function readNode(
	target: SetupTarget,
	hosts: readonly string[],
	context: SetupContext,
): Promise<NodeSetup> {
	const { registration } = target;
	const registered = readConninfo(registration.conninfo);
	const server = await askServer(target, registered.value?.user ?? "", context.query);
	const paths = server.privileged.value?.settings;
	const seen = await lookAtHost(target, context, [
		paths?.get("data_directory")?.value ?? "",
		paths?.get("hba_file")?.value ?? "",
		...hosts,
	]);
	const host = isAnothers(seen, registration, registered.value) ? unreadHost(SEVERAL_HOSTS) : seen;
	return {
		registration,
		sources: {
			...host,
			...server,
			hba: server.hba.fault !== undefined && host.hba.fault === undefined ? host.hba : server.hba,
			conninfo: conninfoOf(host.conf),
			registered,
		},
	};
}

async function askServer({ parameters }: SetupTarget, role: string, query: Query): Promise<ServerParts> {
	const nothing = (fault: Fault): ServerParts => {
		const outcome = { fault: sanitise(fault) };
		return { server: outcome, privileged: outcome, hba: outcome, fileErrors: outcome };
	};
	if (parameters.fault !== undefined) return nothing(parameters.fault);
	const connected = await query.connect(parameters.value, SERVER_DEADLINE_MS);
	if (connected.fault !== undefined) return nothing(connected.fault);
	const session = connected.value;
	try {
		const asked = await session.query(SETUP_RIGHTS, [], SERVER_DEADLINE_MS);
		if (asked.fault !== undefined) return nothing(asked.fault);
		const rights = firstRow(setupRightsAnswer, asked.value);
		if (rights.fault !== undefined) return nothing(rights.fault);
		const rows = await session.query(setupStatement(rights.value), [role], SERVER_DEADLINE_MS);
		if (rows.fault !== undefined) return nothing(rows.fault);
		const answer = firstRow(setupAnswer, rows.value);
		if (answer.fault !== undefined) return nothing(answer.fault);
		return parseSetupAnswer(sanitise(answer.value.setup), rights.value);
	} finally {
		session.close();
	}
}

async function lookAtHost(
	{ host }: SetupTarget,
	{ sshOff }: SetupContext,
	words: readonly string[],
): Promise<HostParts> {
	if (host === null)
		return unreadHost({ kind: "command", message: sshOff ?? "the console uses no SSH for this node" });
	const { shell, user, configFile } = host;
	// Closing a channel does not end the command on the host: a script that hangs ends itself.
	const argv = ["timeout", "30", "sh", "-c", SETUP_SCRIPT, "sh", configFile, ...words];
	const outcome = await shell.run(argv, { user, deadlineMs: HOST_DEADLINE_MS });
	if (outcome.fault !== undefined) return unreadHost(outcome.fault);
	const { stdout, stderr } = outcome.value;
	return (
		parseSetup(stdout, configFile) ??
		unreadHost({
			kind: "command",
			message: "the script that reads the host's configuration did not finish",
			detail: stderr.trim().slice(0, 500),
		})
	);
}

function unreadHost(fault: Fault): HostParts {
	const outcome = { fault: sanitise(fault) };
	return { conf: outcome, passfile: outcome, hba: outcome, sudo: outcome, systemd: outcome, host: outcome };
}

const SEVERAL_HOSTS: Fault = {
	kind: "command",
	message: "its conninfo names several hosts, and the first one is another node's",
	hint: "Name the host of this node in the configuration file.",
};

/** SSH leads to the first of several hosts; its repmgr.conf tells whose host that is. */
function isAnothers(
	{ conf }: HostParts,
	{ nodeId }: Registration,
	{ host = "", hostaddr = "" }: ConninfoSetup = {},
): boolean {
	const id = conf.value?.entries.findLast(({ name }) => name === "node_id")?.value;
	return (host.includes(",") || hostaddr.includes(",")) && id !== undefined && id !== String(nodeId);
}

function conninfoOf(conf: Outcome<ConfSetup>): Outcome<ConninfoSetup> {
	if (conf.fault !== undefined) return conf;
	const entry = conf.value.entries.findLast(({ name }) => name === "conninfo");
	return entry === undefined
		? { fault: { kind: "command", message: `conninfo is not set in "${conf.value.path}"` } }
		: readConninfo(entry.value);
}

function readConninfo(text: string): Outcome<ConninfoSetup> {
	const message = "conninfo is not shown: it has a password, in a form that only libpq can parse";
	if (text === HIDDEN) return { fault: { kind: "permission", message } };
	const value = parseConninfoSetup(text);
	return value === null ? { fault: { kind: "command", message: "conninfo has no valid form" } } : { value };
}
