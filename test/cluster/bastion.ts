import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import type { Instance } from "./settings.ts";
import { bastionNamespace, dataDirectory, PASSWORDS } from "./settings.ts";

/**
 * The bastion is a network namespace without hosts' systemd: the place where the console under test runs. There, root's home is
 * replaced, because OpenSSH finds ~/.ssh through the password database and never through HOME. It is an overlay over the real
 * home, so that a repository or a Node below it stays in sight while the real home is never written to.
 */
const realHome = userInfo().homedir;

/** Where the bastion's home can be read and written from outside, also by tests: `.ssh`, `.pgpass`, `.config`, `.local`. */
export const bastionHome = (prefix: string): string => join(dataDirectory(prefix), "home");
const layers = (prefix: string): string => join(dataDirectory(prefix), "home-layers");

/** What a program in the bastion must not inherit from the machine: it would lead it to the machine's own files and servers. */
const FOREIGN_VARIABLES = [
	"XDG_CONFIG_HOME",
	"XDG_STATE_HOME",
	"XDG_DATA_HOME",
	"XDG_CACHE_HOME",
	"XDG_RUNTIME_DIR",
	"SSH_AUTH_SOCK",
	"PGHOST",
	"PGPORT",
	"PGUSER",
	"PGDATABASE",
	"PGPASSWORD",
	"PGSERVICE",
	"PGSERVICEFILE",
] as const;

const ENTER_HOME = 'mount --bind "$1" "$2"; shift 2; exec "$@"';

/** The argv that runs `argv` inside the bastion. */
export function bastionArgv(prefix: string, argv: readonly string[]): [string, ...string[]] {
	const environment = [
		...FOREIGN_VARIABLES.flatMap((name) => ["-u", name]),
		`HOME=${realHome}`,
		`PGPASSFILE=${join(realHome, ".pgpass")}`,
	];
	return [
		"ip",
		"netns",
		"exec",
		bastionNamespace(prefix),
		"sh",
		"-ec",
		ENTER_HOME,
		"sh",
		bastionHome(prefix),
		realHome,
		"env",
		...environment,
		...argv,
	];
}

/** Mounts the bastion's home, without the real one's keys and settings. */
export async function createBastionHome(prefix: string): Promise<void> {
	const [upper, work] = [join(layers(prefix), "upper"), join(layers(prefix), "work")];
	for (const directory of [upper, work, bastionHome(prefix)]) await mkdir(directory, { recursive: true });
	const options = `lowerdir=${realHome},upperdir=${upper},workdir=${work}`;
	await run(["mount", "-t", "overlay", `${prefix}-home`, "-o", options, bastionHome(prefix)]);
	for (const name of [".ssh", ".pgpass", ".config", ".local", ".cache"]) {
		await rm(join(bastionHome(prefix), name), { recursive: true, force: true });
	}
	await mkdir(join(bastionHome(prefix), ".ssh"), { mode: 0o700 });
}

/** A fresh key pair, ssh's configuration and the password file. known_hosts comes with the hosts' keys. */
export async function furnishBastionHome(instance: Instance): Promise<void> {
	const home = bastionHome(instance.prefix);
	const key = join(home, ".ssh/id_ed25519");
	await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bastion", "-f", key]);
	await writeFile(join(home, ".ssh/config"), SSH_CONFIG, { mode: 0o600 });
	await writeFile(join(home, ".pgpass"), passwordFile(instance.hosts.map((host) => host.name)), {
		mode: 0o600,
	});
}

/** The public key that every host admits. */
export async function bastionPublicKey(prefix: string): Promise<string> {
	return await readFile(join(bastionHome(prefix), ".ssh/id_ed25519.pub"), "utf8");
}

const SSH_CONFIG = `Host node*
  User postgres
  IdentityFile ~/.ssh/id_ed25519
  IdentitiesOnly yes
  StrictHostKeyChecking yes
  ConnectTimeout 5
`;

/** One file for all hosts. repmgr wants two lines a node, because "replication" is not matched by a database's name. */
export function passwordFile(hosts: readonly string[]): string {
	return hosts
		.flatMap((host) => [
			`${host}:5432:repmgr:repmgr:${PASSWORDS.repmgr}`,
			`${host}:5432:replication:repmgr:${PASSWORDS.repmgr}`,
			`${host}:5432:*:repmgr:${PASSWORDS.repmgr}`,
			`${host}:5432:*:monitor:${PASSWORDS.monitor}`,
			`${host}:5432:*:plain:${PASSWORDS.plain}`,
		])
		.join("\n")
		.concat("\n");
}
