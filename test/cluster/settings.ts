import { join } from "node:path";

/** Everything of one instance that must go when it goes lies below these two; what may stay lies in the cache. */
export const RUN_DIRECTORY = "/run/repmgr-console-test";
export const DATA_DIRECTORY = "/var/lib/repmgr-console-test";
export const CACHE_DIRECTORY = join(process.env.XDG_CACHE_HOME || "/var/cache", "repmgr-console-test");

/** Instance N has the network 10.99.N.0/24; pg_hba.conf admits all of them, so that a saved state fits every instance. */
export const NETWORK_PREFIX = "10.99";

/** Size of the disk that holds PGDATA on every host. Memory is used only as far as it is filled. */
export const DISK_SIZE = "1G";

/** Test passwords: these servers are reachable from their own bastion only. */
export const PASSWORDS = {
	repmgr: "repmgr-secret",
	monitor: "monitor-secret",
	plain: "plain-secret",
} as const;

export interface HostIdentity {
	readonly name: string;
	readonly nodeId: number;
	/** IPv4 address. */
	readonly address: string;
}

/** What one instance is called and where it lies: all that another process must know to use it. */
export interface Instance {
	readonly prefix: string;
	readonly number: number;
	readonly bare: boolean;
	readonly imageDirectory: string;
	readonly postgresVersion: string;
	readonly hosts: readonly HostIdentity[];
}

export const runDirectory = (prefix: string): string => join(RUN_DIRECTORY, prefix);
export const dataDirectory = (prefix: string): string => join(DATA_DIRECTORY, prefix);
export const bastionNamespace = (prefix: string): string => `${prefix}-bastion`;
export const bastionAddress = (instance: Instance): string => `${NETWORK_PREFIX}.${instance.number}.1`;
export const machineName = (prefix: string, host: string): string => `${prefix}-${host}`;

/** node1 … nodeN with the addresses .11, .12 … */
export function hostIdentities(number: number, count: number): HostIdentity[] {
	return Array.from({ length: count }, (_, index) => ({
		name: `node${index + 1}`,
		nodeId: index + 1,
		address: `${NETWORK_PREFIX}.${number}.${11 + index}`,
	}));
}

/** /etc/hosts of the hosts and of the bastion: the only place where an address is written down. */
export function hostsFile(instance: Instance): string {
	const names = instance.hosts.map((host) => `${host.address} ${host.name}`);
	return ["127.0.0.1 localhost", `${bastionAddress(instance)} bastion`, ...names, ""].join("\n");
}
