import { type Fault, type FaultKind, UNKNOWN_HOST_KEY } from "../../model/fault.ts";
import { bounded } from "./fault.ts";

interface Diagnosis {
	readonly pattern: RegExp;
	readonly kind: FaultKind;
	readonly message: (host: string) => string;
	readonly hint?: string;
	readonly code?: string;
}

/** Messages of OpenSSH's client (7.6 to 10, LC_ALL=C), the most specific first. */
const diagnoses: readonly Diagnosis[] = [
	{
		pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
		kind: "authentication",
		message: (host) => `host key of "${host}" has changed`,
		hint: "Ask who runs the host for its fingerprint. Only if it is the same, remove the old key with ssh-keygen -R.",
	},
	{
		pattern: /REVOKED HOST KEY|revoked by file/,
		kind: "authentication",
		message: (host) => `host key of "${host}" is revoked`,
		hint: "Do not use this host before whoever revoked the key says why.",
	},
	{
		pattern: /Host key verification failed|host key is known for/,
		kind: "authentication",
		message: (host) => `host key of "${host}" is not known`,
		hint: "Compare its fingerprint and add it with ssh-keyscan, or start with --accept-new-host-keys.",
		code: UNKNOWN_HOST_KEY,
	},
	{
		pattern: /Permission denied \(|Too many authentication failures/,
		kind: "authentication",
		message: (host) => `ssh server on "${host}" does not let us in`,
		hint: 'Try the same host with "ssh -v -o BatchMode=yes".',
	},
	{
		pattern: /Could not resolve hostname/,
		kind: "name",
		message: (host) => `the host name of "${host}" is not resolved`,
		hint: "Check the name, or set HostName for it in ~/.ssh/config.",
		code: "ENOTFOUND",
	},
	{
		pattern: /Connection refused/,
		kind: "refused",
		message: (host) => `nothing accepts ssh connections on "${host}"`,
		hint: "Check that sshd runs there, and --ssh-port.",
		code: "ECONNREFUSED",
	},
	{
		pattern: /timed out during banner exchange|Timeout, server .* not responding/,
		kind: "timeout",
		message: (host) => `no answer from "${host}" in time`,
	},
	{
		pattern: /timed out|No route to host|Network is unreachable/,
		kind: "unreachable",
		message: (host) => `host "${host}" can't be reached by ssh from here`,
		hint: "Check the address, the network, and firewalls on the way.",
		code: "ETIMEDOUT",
	},
];

/** The system's ssh failed to connect; its own message is the detail. */
export function systemFault(host: string, stderr: string): Fault {
	const detail = bounded(stderr.trim() || "The system's ssh ended without a message.", 1000);
	const diagnosis = diagnoses.find(({ pattern }) => pattern.test(stderr));
	if (diagnosis === undefined)
		return { kind: "protocol", message: `system's ssh to "${host}" failed`, detail };
	const { kind, message, hint, code } = diagnosis;
	return {
		kind,
		message: message(host),
		detail,
		...(hint === undefined ? {} : { hint }),
		...(code === undefined ? {} : { code }),
	};
}
