/** Words that need no quotes in a POSIX shell. */
const PLAIN_WORD = /^[A-Za-z0-9_/:=.,@%+-]+$/;

/**
 * A command line for a POSIX shell whose words are exactly `argv` (POSIX sh, 2.2.2 single quotes). The only function that
 * quotes for a shell: names and conninfo strings come from databases and are untrusted.
 */
export function shellWords(argv: readonly string[]): string {
	return argv.map(quoted).join(" ");
}

function quoted(word: string, position: number): string {
	// A first word with "=" would be an assignment, not a program.
	const isPlain = PLAIN_WORD.test(word) && !(position === 0 && word.includes("="));
	return isPlain ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A function for sh(1) that replaces echo, which interprets backslashes in dash. It prints values from files, paths and
 * arguments on one line each: one line is one fact.
 */
export const PLAIN_ECHO = `
echo() {
  case $* in
    *"
"*) printf '%s\\n' "$(printf %s "$*" | tr '\\n' ' ')" ;;
    *) printf '%s\\n' "$*" ;;
  esac
}`;

/**
 * A function for sh(1): `state_directory` prints the console's directory on a host, run as the owner of the
 * database. It looks up the home directory, as runuser keeps root's HOME.
 */
export const STATE_DIRECTORY = `
state_directory() {
  entry=$(getent passwd "$(id -un)")
  entry=\${entry%:*}
  echo "\${entry##*:}/.local/state/repmgr-console"
}`;
