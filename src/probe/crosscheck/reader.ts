import type { CrosscheckReport, LinkResult } from "../../model/crosscheck.ts";
import type { Fault, Outcome } from "../../model/fault.ts";
import type { Registration } from "../../model/registration.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionLimiter } from "../connection-limiter.ts";
import type { HostTarget } from "../host/loop.ts";
import { CrosscheckReader } from "./parse.ts";
import { crosscheckCommand, type ScriptDestination } from "./script.ts";

/** A host that does not let us in, and whose server does not answer either, is given up after this, ms. */
const SILENT_AFTER_MS = 2000;

/** What is found within this many ms is handed on together: of 40 nodes there are 3200 results. */
const BATCH_MS = 50;

/** Where a host's way to another node leads: that node's conninfo, as registered where the host looks. */
export interface Destination {
	readonly nodeId: number;
	/** Its keyword "host", which repmgr uses for SSH; null where there is none. */
	readonly host: string | null;
	/** To be used by libpq on the host. */
	readonly conninfo: Outcome<{ readonly text: string; readonly password: string | null }>;
}

/**
 * Where the ways of a host lead: to the registered nodes, by the host's own copy of repmgr.nodes, which repmgr there goes
 * by. Each host begins with the next node, so that not all ping at the same one first.
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

/** One host that is to try its ways. */
export interface CrosscheckSource {
	readonly nodeId: number;
	/** Null: it is not looked at over SSH. */
	readonly target: HostTarget | null;
	/** As they are known once it is logged in to. Its own node among them: by SQL it has to reach itself. */
	readonly destinations: () => readonly Destination[];
}

export interface CrosscheckContext {
	readonly limiter: ConnectionLimiter;
	readonly report: (reports: readonly CrosscheckReport[]) => void;
	/** Did the newest attempt to reach a node's server get no answer at all? */
	readonly isSilent: (nodeId: number) => boolean;
	/** Ends it; what runs on hosts then ends itself within seconds. */
	readonly signal: AbortSignal;
}

/** Has all hosts try their ways to all nodes, at the same time; each reports for itself, as it finds out. */
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
				(await tryWays(nodeId, target, destinations(), context.signal, report)));
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

async function tryWays(
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

/** What the host is to try; and what it need not, as the outcome is known. */
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

/** Names come from a database. One that begins with a hyphen would be an option, and ssh hands others on to shells (ProxyCommand, %h). */
const FIT_HOST = /^[A-Za-z0-9_][A-Za-z0-9._:%-]{0,254}$/;

function notUnderstood(stderr: string): Fault {
	const detail = stderr.trim().slice(-500);
	return {
		kind: "command",
		message: "the host did not begin to try its ways to others",
		...(detail !== "" && { detail }),
	};
}
