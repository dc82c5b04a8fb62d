import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { inParallel } from "../cluster/command.ts";
import { hostPid } from "../cluster/host.ts";
import type { Bench } from "./result.ts";

/** Milliseconds per clock tick in /proc (USER_HZ). */
const TICK_MS = 10;

/** Prints /proc's stat lines of the postmaster and, below it, of its children. $1 the data directory. */
const STATS = `read -r pid < "$1/postmaster.pid"
cat "/proc/$pid/stat"
for child in $(pgrep -P "$pid"); do cat "/proc/$child/stat" 2>/dev/null || true; done`;

/** CPU milliseconds of one line of /proc/PID/stat: utime, stime and of children that ended cutime, cstime (proc(5), fields 14 to 17). */
function cpuMs(stat: string, hasChildren = false): number {
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return sum(fields.slice(11, hasChildren ? 15 : 13).map(Number)) * TICK_MS;
}

/** CPU milliseconds and resident megabytes of one process of this machine. */
export async function processCost(pid: number): Promise<{ readonly cpuMs: number; readonly rssMb: number }> {
	const [stat, status] = await Promise.all([
		readFile(join("/proc", String(pid), "stat"), "utf8"),
		readFile(join("/proc", String(pid), "status"), "utf8"),
	]);
	return { cpuMs: cpuMs(stat), rssMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024 };
}

/** nice(2): from -20; 0 is usual. */
const PREFERENCE = -19;

/**
 * Gives a process priority over all others. Only here the servers share a machine with the console: hundreds of them would delay
 * it, and that would be measured. Linux weighs sessions first (sched(7), autogroup), then what is in them.
 */
export async function preferProcess(pid: number): Promise<void> {
	setPriority(pid, PREFERENCE);
	await writeFile(`/proc/${pid}/autogroup`, String(PREFERENCE)).catch(() => {});
}

/** Of cgroup v1, where systemd-nspawn leaves all hosts in one group with everything else. */
const CPU_GROUPS = "/sys/fs/cgroup/cpu";

/**
 * While `work` goes on, all that these hosts start gets together what one process gets. Hundreds of servers would otherwise
 * keep the kernel's own threads waiting as well, and a key would be late before the console could read it. Under cgroup v2
 * the hosts' groups do that by themselves.
 */
export async function asOneProcess<T>(
	{ cluster }: Bench,
	hosts: readonly string[],
	work: () => Promise<T>,
): Promise<T> {
	const group = join(CPU_GROUPS, `repmgr-console-test-${cluster.prefix}`);
	const processes = join(group, "cgroup.procs");
	if (!existsSync(join(CPU_GROUPS, "cgroup.procs"))) return await work();
	await mkdir(group);
	try {
		for (const host of hosts) await writeFile(processes, String(await hostPid(cluster.prefix, host)));
		return await work();
	} finally {
		// Processes that have ended meanwhile can't be moved.
		for (const pid of linesOf(await readFile(processes, "utf8")))
			await writeFile(join(CPU_GROUPS, "cgroup.procs"), pid).catch(() => {});
		await rmdir(group);
	}
}

/**
 * CPU milliseconds that PostgreSQL of all hosts has used since it started: of its processes now, and of those that ended, which
 * the postmaster inherits.
 */
export async function serverCpuMs({ cluster }: Bench): Promise<number> {
	const { hosts, postgresVersion } = await cluster.instance();
	const directory = `/var/lib/postgresql/${postgresVersion}/main`;
	const stats = await inParallel(hosts, ({ name }) =>
		cluster.exec(name, ["bash", "-euc", STATS, "bash", directory]),
	);
	return sum(stats.flatMap(({ stdout }) => linesOf(stdout).map((line, index) => cpuMs(line, index === 0))));
}

/** CPU milliseconds so far of the console's backends on all hosts. */
export async function backendCpuMs({ cluster }: Bench): Promise<number> {
	const { hosts } = await cluster.instance();
	const own = "SELECT pid FROM pg_stat_activity WHERE application_name = 'repmgr-console'";
	const stats = await inParallel(hosts, async ({ name }) => {
		const files = (await cluster.sql(name, own)).map(([pid]) => `/proc/${pid}/stat`);
		return files.length === 0 ? "" : (await cluster.exec(name, ["cat", ...files])).stdout;
	});
	return sum(stats.flatMap(linesOf).map((line) => cpuMs(line)));
}

function linesOf(text: string): readonly string[] {
	return text.split("\n").filter(Boolean);
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
