import { readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { passwordFile } from "./bastion.ts";
import type { Cluster } from "./cluster.ts";
import { run, waitUntil } from "./command.ts";
import { hashOf, inImage } from "./images.ts";
import { hostDirectories } from "./layers.ts";
import { CACHE_DIRECTORY, type Instance } from "./settings.ts";

/**
 * Debian's Barman, for the few tests that need it: installed once over the image `ready`, and what that has written is kept, so that a
 * host gets it by copying files, in a second. Python would make the image of all hosts bigger.
 */
const INSTALL_SCRIPT = `set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y -o Dpkg::Options::=--force-unsafe-io install --no-install-recommends barman barman-cli
apt-get clean
usermod --password '*' --shell /bin/bash barman
`;

/** What the installation writes, and no host needs. */
const LEFT_OUT = ["etc/apt", "etc/resolv.conf", "var/lib/apt", "var/cache", "var/log/apt", "tmp", "run"];

/** The directory with the files of the packages. */
export async function barmanFiles({ imageDirectory }: Pick<Instance, "imageDirectory">): Promise<string> {
	const kept = join(CACHE_DIRECTORY, "barman");
	const name = `${basename(imageDirectory)}-${hashOf([INSTALL_SCRIPT, ...LEFT_OUT])}`;
	const names = await readdir(kept).catch((): string[] => []);
	if (names.includes(name)) return join(kept, name);
	await rm(kept, { recursive: true, force: true });
	const [upper, work, root] = ["upper", "work", "root"].map((part) => join(kept, "partial", part)) as [
		string,
		string,
		string,
	];
	await run(["mkdir", "-p", upper, work, root]);
	const overlay = `lowerdir=${join(imageDirectory, "ready")},upperdir=${upper},workdir=${work}`;
	await run(["mount", "-t", "overlay", "barman-files", "-o", overlay, root]);
	try {
		const lists = join(root, "etc/apt/sources.list.d");
		await run(["sh", "-euc", 'cp "$1"/apt.sources "$1"/apt.list "$2"', "sh", imageDirectory, lists]);
		await rm(join(root, "etc/apt/sources.list"), { force: true });
		await inImage(root, INSTALL_SCRIPT);
	} finally {
		await run(["umount", root]);
	}
	for (const path of LEFT_OUT) await rm(join(upper, path), { recursive: true, force: true });
	// What was deleted is a device there.
	await run(["find", upper, "-type", "c", "-delete"]);
	await rename(upper, join(kept, name));
	await rm(join(kept, "partial"), { recursive: true, force: true });
	return join(kept, name);
}

/** Installs barman and barman-cli on hosts. */
export async function installBarman(cluster: Cluster, hosts: readonly string[]): Promise<void> {
	const files = await barmanFiles(await cluster.instance());
	await Promise.all(
		hosts.map((host) => run(["cp", "-a", `${files}/.`, hostDirectories(cluster.prefix, host).root])),
	);
}

/** As repmgr's manual has it: Barman as "pg", by streaming, and the owner of the database on all nodes may log in to it. */
const SET_UP = `set -eu
install -d -o barman -g barman -m 700 ~barman/.ssh
install -o barman -g barman -m 600 ~postgres/.ssh/authorized_keys ~barman/.ssh/authorized_keys
cat > ~barman/.pgpass; chown barman: ~barman/.pgpass; chmod 600 ~barman/.pgpass
cat > /etc/barman.d/pg.conf <<END
[pg]
description = "test cluster"
conninfo = host=$1 user=repmgr dbname=repmgr connect_timeout=2
streaming_conninfo = host=$1 user=repmgr dbname=repmgr connect_timeout=2
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto
path_prefix = /usr/lib/postgresql/$2/bin
END
`;

/** Has a host back up a primary: WAL is received, and there is no backup yet. */
export async function setUpBarman(cluster: Cluster, host: string, primary: string): Promise<void> {
	const { hosts, postgresVersion } = await cluster.instance();
	await cluster.exec(host, ["sh", "-c", SET_UP, "sh", primary, postgresVersion], {
		input: passwordFile(hosts.map(({ name }) => name)),
	});
	await receiveWal(cluster, host, primary);
}

/** Has Barman receive WAL, from a slot that it makes where there is none. */
export async function receiveWal(cluster: Cluster, host: string, primary: string): Promise<void> {
	await barman(cluster, host, "cron");
	// It starts pg_receivewal and does not wait for it; what was switched away before would never be received.
	await waitUntil("Barman to receive WAL", async () => {
		const receives =
			"SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = 'barman_receive_wal')";
		return (await cluster.sql(primary, receives))[0]?.[0] === "t" ? undefined : "no walsender sends to it";
	});
	await barman(cluster, host, "switch-wal", "--force", "--archive", "pg");
}

/** Runs barman as its user. @returns what it printed. */
export async function barman(cluster: Cluster, host: string, ...words: readonly string[]): Promise<string> {
	const argv = ["runuser", "-u", "barman", "--", "barman", ...words];
	return (await cluster.exec(host, argv, { timeoutMs: 90_000 })).stdout;
}
