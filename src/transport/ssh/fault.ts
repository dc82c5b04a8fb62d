import { type Fault, isOutOfFiles, outOfFilesFault } from "../../model/fault.ts";
import { names, UnresolvedNameError } from "../names.ts";

/** `Fault.code` for no algorithm in common; the system's ssh may know more of them. */
export const noCommonAlgorithm = "no-common-algorithm";

/** At most `limit` characters of another host's text; the screen sanitises it. */
export function bounded(text: string, limit: number): string {
	return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}

export function deadlineFault(host: string, what: string): Fault {
	return { kind: "timeout", message: `no answer from "${host}" in time`, detail: what };
}

/** The connection was lost during a command, whose effect is therefore unknown. */
export function brokenFault(host: string): Fault {
	return {
		kind: "unreachable",
		message: `ssh connection to "${host}" broke`,
		detail: "It is not known whether the command that was running there finished.",
		code: "ECONNRESET",
	};
}

/** The same after a protocol error of ssh2; a socket error adds nothing. */
export function protocolFault(host: string, error: Error & { level?: string }): Fault {
	const broken = brokenFault(host);
	if (error.level?.startsWith("client-")) return broken;
	return { ...broken, kind: "protocol", detail: `${bounded(error.message, 500)}. ${broken.detail}` };
}

export function closedFault(host: string): Fault {
	return { kind: "unreachable", message: `ssh connection to "${host}" was closed by the console` };
}

/** No TCP connection within the connect timeout. */
export function noConnectionFault(host: string, hostname: string, port: number): Fault {
	return (
		names.pendingFault(hostname) ?? {
			kind: "unreachable",
			message: `host "${host}" can't be reached by ssh from here`,
			detail: `No answer from ${hostname} port ${port} in time.`,
			hint: "Check the address, the network, and firewalls on the way.",
			code: "ETIMEDOUT",
		}
	);
}

/** Classifies a failure to connect. A numeric `code` is the server's reason to disconnect (RFC 4253, 11.1), a word is the system's. */
export function connectFault(host: string, address: string, error: Error): Fault {
	if (error instanceof UnresolvedNameError) return error.fault;
	const { code } = error as { code?: unknown };
	const detail = bounded(error.message === "" ? String(code) : error.message, 500);
	switch (code) {
		case "ECONNREFUSED":
			return {
				kind: "refused",
				message: `nothing accepts ssh connections on "${host}"`,
				detail: `Connection refused by ${address}.`,
				hint: "Check that sshd runs there, and --ssh-port.",
				code,
			};
		case "ECONNRESET":
		case "EPIPE":
			return { ...droppedFault(host), detail, code };
	}
	if (isOutOfFiles(code)) return outOfFilesFault(code);
	if (typeof code === "string") {
		return {
			kind: "unreachable",
			message: `host "${host}" can't be reached by ssh from here`,
			detail: `${address}: ${detail}`,
			code,
		};
	}
	if (error.message.includes("no matching")) {
		return {
			kind: "protocol",
			message: `no ssh algorithm in common with "${host}"`,
			detail,
			code: noCommonAlgorithm,
		};
	}
	if (/too many authentication failures/i.test(error.message)) {
		return {
			kind: "authentication",
			message: `ssh server on "${host}" stopped after too many keys`,
			detail: "The agent holds more keys than the server lets one client try (MaxAuthTries).",
			hint: "Name the right key with --identity and set IdentitiesOnly yes in ~/.ssh/config.",
		};
	}
	if (error.message.startsWith("Connection lost before handshake")) return droppedFault(host);
	return { kind: "protocol", message: `ssh handshake with "${host}" failed`, detail };
}

/** The TCP connection was accepted and closed during the handshake. */
export function droppedFault(host: string): Fault {
	return {
		kind: "protocol",
		message: `ssh server on "${host}" closed the connection`,
		detail: "The TCP connection was accepted and dropped during the handshake.",
		hint: "Look into the log of sshd there: MaxStartups, access lists, or a port that is not ssh.",
	};
}

/** No channel for a command (RFC 4254, 5.1); in practice MaxSessions of sshd_config. */
export function channelFault(host: string, error: Error): Fault {
	// ssh2's messages for a connection lost before the server answered.
	if (/no response from server|not connected/i.test(error.message)) return brokenFault(host);
	return {
		kind: "protocol",
		message: `ssh server on "${host}" does not run another command`,
		detail: bounded(error.message, 500),
		hint: "Raise MaxSessions in sshd_config there (10 unless set), or look for ForceCommand.",
	};
}
