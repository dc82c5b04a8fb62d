import { join, resolve } from "node:path";
import { Bootstrap } from "../bootstrap/bootstrap.ts";
import type { BootstrapInvocation, BootstrapSsh } from "../command/bootstrap-arguments.ts";
import { readInventory } from "../config/inventory.ts";
import { type Client, stateDirectory } from "../config/paths.ts";
import type { Configured } from "../text/message.ts";
import { shellWords } from "../text/shell.ts";
import { openShell } from "../transport/ssh/ssh.ts";
import { operatorOf } from "./compose.ts";

/** A login may be slow on a host where packages are being installed. */
const CONNECT_MS = 15_000;

/** The inventory's cluster, with SSH to its hosts. */
export function composeBootstrap(
	{ inventory: path, ssh }: Extract<BootstrapInvocation, { command: "bootstrap" }>,
	client: Client,
): Configured<Bootstrap> {
	const inventory = readInventory(path, client.home);
	if (inventory.problems !== undefined) return inventory;
	return {
		value: new Bootstrap({
			inventory: inventory.value,
			operator: operatorOf(client),
			again: againOf(resolve(path), ssh),
			journalPath: join(stateDirectory(client), "journal.jsonl"),
			passfile: client.environment.PGPASSFILE || join(client.home, ".pgpass"),
			shellFor: ({ host, ssh: own }) =>
				openShell({
					host: own.host ?? host,
					user: own.user ?? ssh.user,
					port: own.port ?? ssh.port,
					identity: own.identity ?? ssh.identity,
					acceptNewHostKeys: ssh.acceptNewHostKeys,
					via: "auto",
					connectTimeoutMs: CONNECT_MS,
				}),
		}),
	};
}

/** The command that goes on with a bootstrap, from any directory. */
function againOf(path: string, { user, port, identity, acceptNewHostKeys }: BootstrapSsh): string {
	return shellWords([
		...["repmgr-console", "bootstrap", "--inventory", path],
		...(user === undefined ? [] : ["--ssh-user", user]),
		...(port === undefined ? [] : ["--ssh-port", String(port)]),
		...(identity === undefined ? [] : ["--identity", resolve(identity)]),
		...(acceptNewHostKeys ? ["--accept-new-host-keys"] : []),
	]);
}
