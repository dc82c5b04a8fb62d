import type { Fault, Outcome } from "../../model/fault.ts";
import { deadlineSignal, silence } from "../deadline.ts";
import type { Shell, SudoPassword } from "../ports.ts";
import type { HostRequest } from "./config.ts";
import { type Connection, orAborted } from "./connection.ts";
import { closedFault, deadlineFault, noCommonAlgorithm } from "./fault.ts";
import { SudoPasswords } from "./sudo.ts";
import { openBySystem } from "./system.ts";

const NO_PASSWORD: SudoPassword = { value: null };

/** Where and how to run commands; what is missing comes from ~/.ssh/config. */
export interface SshTarget extends HostRequest {
	/** Accept unknown host keys, as StrictHostKeyChecking=accept-new; never a changed one. */
	readonly acceptNewHostKeys: boolean;
	/** Fingerprints of keys that a person has compared: they are accepted as well. The system's ssh can't be told them. */
	readonly acceptedHostKeys?: ReadonlySet<string>;
	/** ssh2 in this process, the system's ssh, or ("auto") ssh2 unless it can't take this route. */
	readonly via: "auto" | "ssh2" | "system";
	/** Total time to connect and log in, jump hosts included. */
	readonly connectTimeoutMs: number;
	/** For hosts where sudo asks; a wrong one is tried once, on one host. */
	readonly sudoPassword?: SudoPassword;
}

/**
 * A shell on one host. The first run connects; one connection then serves all runs, each in its own channel, until it breaks. The
 * next run reconnects.
 */
export function openShell(target: SshTarget): Shell {
	const closing = new AbortController();
	const sudo = new SudoPasswords(target.host);
	let current: Promise<Outcome<Connection>> | null = null;

	const connection = (): Promise<Outcome<Connection>> => {
		if (current) return current;
		const late = deadlineSignal(target.connectTimeoutMs);
		const opening = open(target, AbortSignal.any([closing.signal, late.signal]));
		const forget = (): void => {
			if (current === opening) current = null;
		};
		current = opening;
		opening.then((outcome) => {
			late.cancel();
			if (outcome.fault) return forget();
			if (closing.signal.aborted) outcome.value.close();
			outcome.value.onLost(forget);
		});
		return opening;
	};

	const login = (signal: AbortSignal, abandoned: string): Promise<Outcome<Connection>> =>
		orAborted(connection(), signal, () => ({ fault: deadlineFault(target.host, abandoned) }));

	return {
		async connect(given) {
			if (closing.signal.aborted) return { fault: closedFault(target.host) };
			const opened = await login(AbortSignal.any([closing.signal, given]), "The login was given up.");
			return opened.fault ? opened : { value: true };
		},
		async run(argv, { user, input = "", deadlineMs, signal: given, onOutput }) {
			if (closing.signal.aborted) return { fault: closedFault(target.host) };
			const late = deadlineSignal(deadlineMs);
			const signal = AbortSignal.any([closing.signal, late.signal, ...(given ? [given] : [])]);
			const failed = (fault: Fault): Outcome<never> => {
				late.cancel();
				if (closing.signal.aborted) return { fault: closedFault(target.host) };
				return { fault: fault.kind === "timeout" || fault.code === "ETIMEDOUT" ? silence(fault) : fault };
			};
			const opened = await login(signal, `The ssh connection was not ready within ${deadlineMs} ms.`);
			if (opened.fault) return failed(opened.fault);
			const run = { host: target.host, connection: opened.value, argv, user, input, signal, onOutput };
			const ended = await sudo.run(run, target.sudoPassword ?? NO_PASSWORD);
			if (ended.fault) return failed(ended.fault);
			late.cancel();
			return ended;
		},
		close() {
			closing.abort();
			current?.then((outcome) => outcome.value?.close());
			current = null;
		},
	};
}

async function open(target: SshTarget, signal: AbortSignal): Promise<Outcome<Connection>> {
	const [{ findRoute }, { openInProcess }] = await loadSsh2();
	const found = await orAborted(findRoute(target, target.connectTimeoutMs), signal, () => ({
		fault: deadlineFault(target.host, "Reading the ssh configuration took too long."),
	}));
	if (found.fault) return found;
	const route = found.value;
	if (target.via === "system") return openBySystem(target, route.target, null, signal);
	if (target.via === "auto" && route.beyondSsh2 !== null) {
		return openBySystem(target, route.target, route.beyondSsh2, signal);
	}
	const opened = await openInProcess(
		route,
		target.acceptNewHostKeys || (target.acceptedHostKeys ?? false),
		signal,
	);
	if (target.via === "auto" && opened.fault?.code === noCommonAlgorithm) {
		return openBySystem(target, route.target, "ssh2 has no algorithm in common with the server", signal);
	}
	return opened;
}

/** Loaded when first needed: ssh2 takes a tenth of the start-up time. */
function loadSsh2() {
	return Promise.all([import("./route.ts"), import("./in-process.ts")]);
}
