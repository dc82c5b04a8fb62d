import type { Fault } from "./fault.ts";
import type { NodeState } from "./node-state.ts";

/** What stays unknown, and why, each said once for all the nodes that it concerns. */
export function noticesOf(states: Iterable<NodeState>, sshOff: string | null): readonly string[] {
	const all = [...states];
	const concerned = new Map<string, string[]>();
	const note = (what: string, nodeName: string): void => {
		concerned.set(what, [...(concerned.get(what) ?? []), nodeName]);
	};
	for (const { registration, server, host } of all) {
		for (const right of server.good?.value.missingRights ?? [])
			note(`may not read ${right}`, registration.nodeName);
		if (host.fault !== null)
			note(`no look at the host: ${inOneLine(host.fault.fault)}`, registration.nodeName);
	}
	return [
		...(sshOff === null ? [] : [sshOff]),
		...[...concerned].map(
			([what, names]) => `${names.length === all.length ? "all nodes" : names.join(", ")}: ${what}`,
		),
	];
}

/** What happened first, then why and what to do: a notice that is cut off still says the most important. */
function inOneLine({ message, detail, hint }: Fault): string {
	const more = [detail, hint].filter((text) => text !== undefined);
	return more.length === 0 ? message : [`${message}.`, ...more].join(" ");
}
