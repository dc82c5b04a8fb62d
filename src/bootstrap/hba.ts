import { isIP } from "node:net";
import { block, blockIn } from "./files.ts";
import { addressesOf, type Situation } from "./situation.ts";

/** pg_hba.conf: the nodes, by their addresses, and the console; before all other lines, since the first that matches counts. */
export function hba(situation: Situation): string {
	const { inventory, seenFrom } = situation;
	const { repmgr, authentication, tls, console: watcher } = inventory;
	const line = (database: string, user: string, address: string, method: string) =>
		[tls ? "hostssl" : "host", database, user, address, method].join(" ");
	const both = (address: string) => [
		line(repmgr.database, repmgr.user, address, authentication),
		line("replication", repmgr.user, address, authentication),
	];
	const from =
		watcher === null ? [] : [...new Set([...seenFrom, ...watcher.from, ...watchedFrom(situation)])].sort();
	return block([
		`# Nodes of the cluster "${inventory.cluster}".`,
		...inventory.nodes.flatMap((node) => addressesOf(situation, node).map(range).flatMap(both)),
		// A host may resolve its own name to 127.0.1.1.
		...(authentication === "trust" ? [] : both("127.0.0.0/8")),
		...(watcher === null ? [] : ["# repmgr-console."]),
		...from.map((address) => line(repmgr.database, watcher?.user ?? "", range(address), "scram-sha-256")),
	]);
}

/** Addresses that our lines on the hosts let the console in from already: a console on another bastion must not be shut out. */
function watchedFrom({ inventory: { console: watcher, repmgr }, surveys }: Situation): readonly string[] {
	return [...surveys.values()].flatMap(({ files }) =>
		blockIn(files.get("hba")?.content ?? "")
			.split("\n")
			.flatMap((line) => {
				const [type, database, user, place = ""] = line.split(" ");
				const [, address = ""] = /^([0-9A-Fa-f:.]+)\/(?:32|128)$/.exec(place) ?? [];
				const isOurs =
					(type === "host" || type === "hostssl") && database === repmgr.database && user === watcher?.user;
				return isOurs && isIP(address) !== 0 ? [address] : [];
			}),
	);
}

function range(address: string): string {
	return `${address}/${address.includes(":") ? 128 : 32}`;
}
