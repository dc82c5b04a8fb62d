/** Words that mean themselves to every POSIX shell. */
const PLAIN_WORD = /^[A-Za-z0-9_/:=.,@%+-]+$/;

/**
 * One line for a POSIX shell (POSIX sh, 2.2.2 single quotes) whose words are exactly `argv`. The only place where
 * words become a line: names and conninfo strings come from databases and are untrusted.
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
 * A function for sh(1) in place of echo, which interprets backslashes in dash. Values from files, paths and arguments go
 * through it, and each is to stay within its line: one line is one fact.
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
 * A function for sh(1): `state_directory` prints where the console keeps what outlives it on a host, as the owner of the
 * database. runuser keeps root's HOME, so it is looked up.
 */
export const STATE_DIRECTORY = `
state_directory() {
  entry=$(getent passwd "$(id -un)")
  entry=\${entry%:*}
  echo "\${entry##*:}/.local/state/repmgr-console"
}`;
