import { bastionPublicKey, passwordFile } from "./bastion.ts";
import { inParallel } from "./command.ts";
import { ClusterFailure } from "./failure.ts";
import { PG_HBA_CONF, POSTGRESQL_CONF, type RepmgrParameters, type Role, repmgrConf } from "./form-files.ts";
import {
	CLONE_STANDBY,
	CREATE_CLUSTER,
	CREATE_KEY,
	GRANT_TO_MONITOR,
	REGISTER_PRIMARY,
	REGISTER_WITNESS,
	START_AND_CREATE_ROLES,
	WRITE_FILE,
} from "./form-scripts.ts";
import { waitHealthy } from "./health.ts";
import { exec } from "./host.ts";
import { knownHosts } from "./lifecycle.ts";
import type { HostIdentity, Instance } from "./settings.ts";
import { PASSWORDS } from "./settings.ts";

/** The first host is the primary, the last of three or more the witness, those between are standbys. */
export function roleOf(instance: Instance, host: HostIdentity): Role {
	if (host.nodeId === 1) return "primary";
	return instance.hosts.length > 2 && host.nodeId === instance.hosts.length ? "witness" : "standby";
}

/** Throws ClusterFailure, and has done nothing, unless a cluster can be formed of these hosts. */
export async function requireFormable(instance: Instance): Promise<void> {
	if (instance.bare) {
		throw new ClusterFailure("bare hosts cannot be formed", {
			detail: "They have no PostgreSQL: they are there for the bootstrap to be tested.",
			hint: 'Bring hosts up without "--bare".',
		});
	}
	const found = await inParallel(instance.hosts, (host) =>
		exec(instance.prefix, host.name, ["test", "-e", "/etc/repmgr.conf"], { check: false }),
	);
	if (found.some(({ exitCode }) => exitCode === 0)) {
		throw new ClusterFailure("the cluster is formed already", {
			hint: "Take it down first, or bring a saved state back with restore.",
		});
	}
}

/** Makes the second seed's cluster out of fresh hosts, and waits until it is healthy. */
export async function formCluster(instance: Instance, parameters: RepmgrParameters = {}): Promise<void> {
	const [primary] = instance.hosts;
	if (!primary) throw new ClusterFailure("an instance without hosts cannot be formed");
	const keys = await inParallel(instance.hosts, (host) => script(instance, host, "postgres", CREATE_KEY));
	const shared = {
		authorizedKeys: [await bastionPublicKey(instance.prefix), ...keys].join(""),
		knownHosts: await knownHosts(instance),
		passwords: passwordFile(instance.hosts.map((host) => host.name)),
	};
	await inParallel(instance.hosts, (host) => prepareHost(instance, host, shared, parameters));
	await script(instance, primary, "postgres", REGISTER_PRIMARY);
	await script(instance, primary, "postgres", GRANT_TO_MONITOR);
	await startRepmgrd(instance, primary);
	await inParallel(instance.hosts.slice(1), (host) =>
		roleOf(instance, host) === "witness"
			? addWitness(instance, host, primary)
			: cloneStandby(instance, host, primary),
	);
	await waitHealthy(instance);
}

interface SharedFiles {
	readonly authorizedKeys: string;
	readonly knownHosts: string;
	readonly passwords: string;
}

async function prepareHost(
	instance: Instance,
	host: HostIdentity,
	shared: SharedFiles,
	parameters: RepmgrParameters,
): Promise<void> {
	const role = roleOf(instance, host);
	const home = "/var/lib/postgresql";
	await writeHostFile(instance, host, `${home}/.ssh/authorized_keys`, shared.authorizedKeys, "600");
	await writeHostFile(instance, host, `${home}/.ssh/known_hosts`, shared.knownHosts, "600");
	await writeHostFile(instance, host, `${home}/.pgpass`, shared.passwords, "600");
	await writeHostFile(
		instance,
		host,
		"/etc/repmgr.conf",
		repmgrConf(instance, host, role, parameters),
		"644",
	);
	await writeHostFile(instance, host, "/run/form/pg_hba.conf", PG_HBA_CONF, "644");
	await writeHostFile(instance, host, "/run/form/postgresql.conf", POSTGRESQL_CONF, "644");
	await script(instance, host, "root", CREATE_CLUSTER, instance.postgresVersion);
	if (role === "standby") return;
	const { repmgr, monitor, plain } = PASSWORDS;
	await script(
		instance,
		host,
		"root",
		START_AND_CREATE_ROLES,
		instance.postgresVersion,
		repmgr,
		monitor,
		plain,
	);
}

/** Makes `host` a standby of `upstream`, whatever it was before, and starts its repmgrd. */
export async function cloneStandby(
	instance: Instance,
	host: HostIdentity,
	upstream: HostIdentity,
): Promise<void> {
	await script(instance, host, "root", CLONE_STANDBY, instance.postgresVersion, upstream.name);
	await startRepmgrd(instance, host);
}

async function addWitness(instance: Instance, host: HostIdentity, primary: HostIdentity): Promise<void> {
	await script(instance, host, "postgres", REGISTER_WITNESS, primary.name);
	await script(instance, host, "postgres", GRANT_TO_MONITOR);
	await startRepmgrd(instance, host);
}

async function startRepmgrd(instance: Instance, host: HostIdentity): Promise<void> {
	await exec(instance.prefix, host.name, ["systemctl", "start", "repmgrd"]);
}

/** Runs a bash script in a host with positional arguments, and returns what it printed. */
async function script(
	instance: Instance,
	host: HostIdentity,
	user: string,
	text: string,
	...args: readonly string[]
): Promise<string> {
	const { stdout } = await exec(instance.prefix, host.name, ["bash", "-c", text, "bash", ...args], {
		user,
		timeoutMs: 120_000,
	});
	return stdout;
}

async function writeHostFile(
	instance: Instance,
	host: HostIdentity,
	path: string,
	content: string,
	mode: string,
): Promise<void> {
	await exec(instance.prefix, host.name, ["bash", "-c", WRITE_FILE, "bash", path, mode], { input: content });
}
