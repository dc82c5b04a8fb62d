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
