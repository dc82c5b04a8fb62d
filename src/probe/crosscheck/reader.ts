import type { CrosscheckReport, LinkResult } from "../../model/crosscheck.ts";
import type { Fault, Outcome } from "../../model/fault.ts";
import type { Registration } from "../../model/registration.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionLimiter } from "../connection-limiter.ts";
import type { HostTarget } from "../host/loop.ts";
import { CrosscheckReader } from "./parse.ts";
import { crosscheckCommand, type ScriptDestination } from "./script.ts";

/** When to give up a host that accepts no login and whose server is silent, too, in ms. */
const SILENT_AFTER_MS = 2000;

/** Results within this many ms are reported together: 40 nodes give 3200 results. */
const BATCH_MS = 50;

/** Another node as a host would reach it: by that node's conninfo in the host's own copy of repmgr.nodes. */
export interface Destination {
	readonly nodeId: number;
	/** The keyword "host", which repmgr uses for SSH; null where there is none. */
	readonly host: string | null;
	/** For libpq on the host. */
	readonly conninfo: Outcome<{ readonly text: string; readonly password: string | null }>;
}

/**
 * A host's destinations: the registered nodes, by the host's own copy of repmgr.nodes, which repmgr there uses.
 * Each host begins with the next node, so that they don't all connect to the same one first.
 */
export function destinationsOf(
	nodeId: number,
	registered: readonly Registration[],
	ownCopy: readonly Registration[],
	dial: (registration: Registration) => Omit<Destination, "nodeId">,
): readonly Destination[] {
	const copy = new Map(ownCopy.map((row) => [row.nodeId, row]));
	const place = registered.findIndex((row) => row.nodeId === nodeId);
	return [...registered.slice(place), ...registered.slice(0, place)].map((row) => ({
		nodeId: row.nodeId,
		...dial(copy.get(row.nodeId) ?? row),
	}));
}

/** One host that tries to reach the others. */
export interface CrosscheckSource {
	readonly nodeId: number;
	/** Null: the console has no SSH to it. */
	readonly target: HostTarget | null;
	/** Called after the login. Includes the host's own node, which repmgr reaches by SQL, too. */
	readonly destinations: () => readonly Destination[];
}

export interface CrosscheckContext {
	readonly limiter: ConnectionLimiter;
	readonly report: (reports: readonly CrosscheckReport[]) => void;
	/** Did the last attempt to reach a node's server get no answer at all? */
	readonly isSilent: (nodeId: number) => boolean;
	/** Ends the crosscheck; the scripts on hosts then end themselves within seconds. */
	readonly signal: AbortSignal;
}

/** Has all hosts try to reach all nodes at the same time; each reports its results as they come. */
export async function crosscheck(
	sources: readonly CrosscheckSource[],
	{ report, ...context }: CrosscheckContext,
): Promise<void> {
	let batch: CrosscheckReport[] = [];
	const flush = (): void => {
		if (batch.length > 0 && !context.signal.aborted) report(batch);
		batch = [];
	};
	const timer = setInterval(flush, BATCH_MS);
	await Promise.all(
		sources.map((source) =>
			askHost(source, context, (found) => batch.push({ fromNodeId: source.nodeId, ...found })),
		),
	);
	clearInterval(timer);
	flush();
}

type Found = Omit<CrosscheckReport, "fromNodeId">;

async function askHost(
	{ nodeId, target, destinations }: CrosscheckSource,
	context: Omit<CrosscheckContext, "report">,
	report: (found: Found) => void,
): Promise<void> {
	const fault =
		target === null
			? ({ kind: "command", message: "the console uses no SSH for this node" } as const)
			: ((await logIn(nodeId, target, context)) ??
				(await tryDestinations(nodeId, target, destinations(), context.signal, report)));
	report({ asked: fault === null ? { state: "done" } : { state: "silent", fault: sanitise(fault) } });
}

async function logIn(
	nodeId: number,
	{ shell }: HostTarget,
	{ limiter, isSilent, signal }: Omit<CrosscheckContext, "report">,
): Promise<Fault | null> {
	const leave = await limiter.enter(isSilent(nodeId));
	const giveUp = new AbortController();
	const timer = setTimeout(() => isSilent(nodeId) && giveUp.abort(), SILENT_AFTER_MS);
	const { fault } = await shell.connect(AbortSignal.any([signal, giveUp.signal]));
	clearTimeout(timer);
	leave();
	return fault ?? null;
}

async function tryDestinations(
	nodeId: number,
	{ shell, user, configFile }: HostTarget,
	destinations: readonly Destination[],
	signal: AbortSignal,
	report: (found: Found) => void,
): Promise<Fault | null> {
	const { tried, refused } = sortOut(nodeId, destinations);
	const reader = new CrosscheckReader(tried);
	const { argv, ...options } = crosscheckCommand(configFile, tried);
	report({ asked: { state: "asking" }, results: refused });
	const { value, fault } = await shell.run(argv, {
		...options,
		user,
		signal,
		onOutput: (piece) => report({ results: reader.take(piece) }),
	});
	if (fault !== undefined) return fault;
	return reader.isReady ? null : notUnderstood(value.stderr);
}

/** What the host has to try, and the results that are known beforehand. */
function sortOut(self: number, destinations: readonly Destination[]) {
	const tried: ScriptDestination[] = [];
	const refused: LinkResult[] = [];
	for (const { nodeId, host, conninfo } of destinations) {
		const isHostFit = host !== null && FIT_HOST.test(host);
		const none = { toNodeId: nodeId, milliseconds: null, command: null } as const;
		if (conninfo.fault !== undefined) {
			const { message, detail } = sanitise(conninfo.fault);
			const lines = [message, ...(detail === undefined ? [] : [detail])];
			refused.push({ ...none, way: "sql", state: "unknown", word: "conninfo", lines });
		}
		if (nodeId !== self && !isHostFit) {
			const lines = [
				host === null
					? "The registered conninfo names no host, by which repmgr would use SSH."
					: `"${sanitise(host)}" in the registered conninfo is no name of a host that is safe to be given to ssh.`,
			];
			refused.push({ ...none, way: "ssh", state: "failed", word: "bad host", lines });
		}
		tried.push({
			nodeId,
			host: nodeId !== self && isHostFit ? host : null,
			conninfo: conninfo.value?.text ?? null,
			password: conninfo.value?.password ?? null,
		});
	}
	return { tried, refused };
}

/** Names come from a database. With a hyphen in front one would be an option, and ssh passes names to shells (ProxyCommand, %h). */
const FIT_HOST = /^[A-Za-z0-9_][A-Za-z0-9._:%-]{0,254}$/;

function notUnderstood(stderr: string): Fault {
	const detail = stderr.trim().slice(-500);
	return {
		kind: "command",
		message: "the host did not start its connection tests",
		...(detail !== "" && { detail }),
	};
}
