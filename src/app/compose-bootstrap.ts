import { join, resolve } from "node:path";
import { Bootstrap } from "../bootstrap/bootstrap.ts";
import {
	type BootstrapInvocation,
	type BootstrapSsh,
	loginOf,
	loginWords,
	watchLine,
} from "../command/bootstrap-arguments.ts";
import { authorityOf } from "../config/certificates.ts";
import { readInventory } from "../config/inventory.ts";
import { type Client, stateDirectory } from "../config/paths.ts";
import type { Inventory } from "../model/inventory.ts";
import { openSession, type Session } from "../session/session.ts";
import type { Configured } from "../text/message.ts";
import { shellWords } from "../text/shell.ts";
import type { SudoPassword } from "../transport/ports.ts";
import { openShell } from "../transport/ssh/ssh.ts";
import { composeSession, operatorOf } from "./compose.ts";
import { client, warn } from "./this-process.ts";

/** A login may be slow on a host where packages are being installed. */
const CONNECT_MS = 15_000;

/** The inventory's cluster, with SSH to its hosts. */
export function composeBootstrap(
	{ inventory: path, ssh }: Extract<BootstrapInvocation, { command: "bootstrap" }>,
	client: Client,
	sudoPassword: SudoPassword,
): Configured<Bootstrap> {
	const inventory = readInventory(path, client.home);
	if (inventory.problems !== undefined) return inventory;
	return { value: openBootstrap(inventory.value, path, ssh, client, { sudoPassword }) };
}

/** @param path the inventory's file. @param ssh how to log in where the inventory does not say it. */
export function openBootstrap(
	inventory: Inventory,
	path: string,
	ssh: BootstrapSsh,
	client: Client,
	{
		sudoPassword,
		acceptedHostKeys,
	}: { readonly sudoPassword: SudoPassword; readonly acceptedHostKeys?: ReadonlySet<string> },
): Bootstrap {
	return new Bootstrap({
		...{ inventory, sudoPassword },
		operator: operatorOf(client),
		again: againOf(resolve(path), ssh),
		journalPath: join(stateDirectory(client), "journal.jsonl"),
		watch: (conninfo, hasPassword) => watchLine(conninfo, loginOf(inventory, ssh), hasPassword),
		authority: () => authorityOf(client.environment.PGSSLROOTCERT, client.home),
		passfile: client.environment.PGPASSFILE || join(client.home, ".pgpass"),
		shellFor: ({ host, ssh: own }) =>
			openShell({
				host: own.host ?? host,
				user: own.user ?? ssh.user,
				port: own.port ?? ssh.port,
				identity: own.identity ?? ssh.identity,
				acceptNewHostKeys: ssh.acceptNewHostKeys,
				...(acceptedHostKeys !== undefined && { acceptedHostKeys }),
				via: "auto",
				connectTimeoutMs: CONNECT_MS,
				sudoPassword,
			}),
	});
}

/** A session on the cluster that was made, which logs in as its making did. */
export async function watchNewCluster(
	dbname: string,
	{ user: sshUser, port: sshPort, ...more }: BootstrapSsh,
	sudoPassword: SudoPassword,
): Promise<Configured<Session>> {
	const access = {
		...{ dbname, ssh: true, ...more },
		...(sshUser !== undefined && { sshUser }),
		...(sshPort !== undefined && { sshPort }),
	};
	const made = await composeSession(access, client, warn, undefined, sudoPassword);
	return made.problems === undefined ? { value: openSession({ ...made.value, hostLooks: "at once" }) } : made;
}

/** The command that goes on with a bootstrap, from any directory. */
function againOf(path: string, ssh: BootstrapSsh): string {
	return shellWords(["repmgr-console", "bootstrap", "--inventory", path, ...loginWords(ssh)]);
}
