import { exec } from "./host.ts";

export interface SqlOptions {
	/** Default "repmgr". */
	readonly database?: string;
	/** Milliseconds, default 20 000. */
	readonly timeoutMs?: number;
}

/**
 * Runs SQL on a host as the superuser, through its local socket. Returns rows of text; NULL is the empty string.
 * Throws ClusterFailure when the server refuses or does not answer.
 */
export async function sql(
	prefix: string,
	host: string,
	query: string,
	options: SqlOptions = {},
): Promise<string[][]> {
	const [field, record] = ["\x1f", "\x1e"];
	const psql = [
		"psql",
		"-XqAt",
		"-v",
		"ON_ERROR_STOP=1",
		"-F",
		field,
		"-R",
		record,
		"-d",
		options.database ?? "repmgr",
		"-f",
		"-",
	];
	const { stdout } = await exec(prefix, host, psql, {
		user: "postgres",
		input: query,
		timeoutMs: options.timeoutMs ?? 20_000,
	});
	const text = stdout.replace(/\n$/, "");
	return text === "" ? [] : text.split(record).map((row) => row.split(field));
}
