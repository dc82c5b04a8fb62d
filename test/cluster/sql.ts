import { readdir, readFile } from "node:fs/promises";
import { run } from "./command.ts";
import { ClusterFailure } from "./failure.ts";
import { hostPid } from "./host.ts";

export interface SqlOptions {
	/** Default "repmgr". */
	readonly database?: string;
	/** Milliseconds, default 20 000. */
	readonly timeoutMs?: number;
}

const FIELD = "\x1f";
const RECORD = "\x1e";
const TEXT_OF_ROWS = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-F", FIELD, "-R", RECORD, "-f", "-"];

/**
 * Runs SQL on a host as the superuser, through its local socket. Returns rows of text; NULL is the empty string.
 * Throws ClusterFailure when the server refuses or does not answer.
 *
 * Tests query all the time, often while a host boots, so this is a single process: psql, as the host's user, in the host's mount
 * namespace. It is not in the host's pid namespace and can be killed from here.
 */
export async function sql(
	prefix: string,
	host: string,
	query: string,
	options: SqlOptions = {},
): Promise<string[][]> {
	const pid = await hostPid(prefix, host);
	if (pid === undefined) throw new ClusterFailure(`${host} is not running`);
	const { uid, gid, psql } = await postgresIn(`/proc/${pid}/root`, host);
	const enter = ["nsenter", "-t", String(pid), "-m", "-S", uid, "-G", gid, "--"] as const;
	const { stdout } = await run([...enter, psql, ...TEXT_OF_ROWS, "-d", options.database ?? "repmgr"], {
		input: query,
		timeoutMs: options.timeoutMs ?? 20_000,
		env: { PATH: process.env.PATH, LANG: "C.UTF-8", HOME: "/var/lib/postgresql" },
		label: `${host}: psql`,
	});
	const text = stdout.replace(/\n$/, "");
	return text === "" ? [] : text.split(RECORD).map((row) => row.split(FIELD));
}

/** The user "postgres" there, and psql itself: Debian's wrapper is a Perl script that costs more than most queries. */
async function postgresIn(
	root: string,
	host: string,
): Promise<{ readonly uid: string; readonly gid: string; readonly psql: string }> {
	const users = await readFile(`${root}/etc/passwd`, "utf8");
	const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
	const [version] = await readdir(`${root}/usr/lib/postgresql`);
	if (uid === undefined || gid === undefined || version === undefined)
		throw new ClusterFailure(`there is no PostgreSQL on ${host}`);
	return { uid, gid, psql: `/usr/lib/postgresql/${version}/bin/psql` };
}
