/**
 * The line by which a log of repmgr or a message of libpq says what was wrong: the server's own word where there is one, else
 * the last complaint. Null: nobody complained.
 */
export function reasonOf(lines: readonly string[]): string | null {
	const fatal = lines.find((line) => line.includes("FATAL:"));
	const line = fatal ?? lines.findLast((one) => one.includes("ERROR:"));
	return line === undefined ? null : `${line.slice(line.search(/FATAL:|ERROR:/)).trim()}.`;
}
