import { isIP } from "node:net";
import { type Configured, refuse } from "../text/message.ts";
import type { ConninfoValues } from "./conninfo-keywords.ts";

/** One of the servers that a conninfo names. */
export interface Target {
	/** Name, address or socket directory; the address where only hostaddr was given, empty for libpq's default. */
	readonly host: string;
	readonly hostaddr?: string;
	readonly port: number;
}

/**
 * The servers a conninfo names, in its order: comma-separated hosts, addresses and ports must match
 * in number, except that one port serves all (manual 34.1.1.3; pqConnectOptions2() in fe-connect.c).
 */
export function connectionTargets(values: ConninfoValues): Configured<readonly Target[]> {
	const names = list(values.host);
	const addresses = list(values.hostaddr);
	const ports = list(values.port);
	const count = addresses.length || names.length || 1;
	if (addresses.length > 0 && names.length > 0 && names.length !== count)
		return usage(`could not match ${names.length} host names to ${count} hostaddr values`);
	if (ports.length > 1 && ports.length !== count)
		return usage(`could not match ${ports.length} port numbers to ${count} hosts`);

	const targets: Target[] = [];
	for (let index = 0; index < count; index += 1) {
		const address = addresses[index] ?? "";
		if (address !== "" && isIP(address) === 0) return usage(`could not parse network address "${address}"`);
		const port = portNumber((ports.length > 1 ? ports[index] : ports[0]) ?? "");
		if (port.problems !== undefined) return port;
		targets.push({
			host: names[index] || address,
			...(address !== "" && { hostaddr: address }),
			port: port.value,
		});
	}
	return { value: targets };
}

/** An empty text has no items; empty items stay, as "a,,c" has a default in the middle. */
function list(text: string | undefined): readonly string[] {
	return text === undefined || text === "" ? [] : text.split(",");
}

function portNumber(text: string): Configured<number> {
	if (text === "") return { value: 5432 };
	const parsed = parseInteger(text, "port");
	if (parsed.problems !== undefined) return parsed;
	if (parsed.value >= 1 && parsed.value <= 65535) return parsed;
	return refuse({
		message: `invalid port number: "${text}"`,
		hint: "A port is a number from 1 to 65535.",
		exitCode: 64,
	});
}

/** A 32-bit integer with optional sign and spaces around, as parse_int_param() of libpq. */
export function parseInteger(text: string, keyword: string): Configured<number> {
	const value = /^[ \t\n\v\f\r]*[+-]?\d+[ \t\n\v\f\r]*$/.test(text) ? Number(text) : Number.NaN;
	if (value >= -(2 ** 31) && value < 2 ** 31) return { value };
	return usage(`invalid integer value "${text}" for connection option "${keyword}"`);
}

function usage(message: string) {
	return refuse({ message, exitCode: 64 });
}

/**
 * The hosts of a registered conninfo that are the node itself. libpq takes the first that answers, which may be another
 * node. Hosts named like the node are its own; without such a name, all are taken for its addresses.
 */
export function ownTargets<T extends { readonly host: string }>(
	targets: readonly T[],
	nodeName: string,
): readonly T[] {
	const named = targets.filter(({ host }) => host === nodeName || host.startsWith(`${nodeName}.`));
	return named.length > 0 ? named : targets;
}
