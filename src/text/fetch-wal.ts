/**
 * Functions for sh(1): `from_archive NAME FILE` copies a WAL file of "$bytes" bytes from the archive, `from_servers NAME FILE` from
 * the pg_wal of another server; "archive" or the id of that node comes into "$source". They need "$data", "$bin", "$config" (path of
 * postgresql.conf) and "$nodes", a line "ID CONNINFO" for each server. A file that a server went on writing after the fork is another
 * one on other servers, although its name is the same: only the archive has it.
 *
 * restore_command is the operator's own text for a shell: it is run as PostgreSQL runs it (manual 26.3.4), in the data directory,
 * with %f, %p and %r replaced and %% as %.
 */
export const FETCH_WAL = `
restore=$("\${bin}postgres" -D "$data" -c "config_file=$config" -C restore_command 2>/dev/null)
restored_by() {
  rest=$restore; line=
  while :; do
    case $rest in *%*) ;; *) break ;; esac
    line=$line\${rest%%\\%*}; rest=\${rest#*%}
    case $rest in
      f* | r*) line=$line$1; rest=\${rest#?} ;;
      p*) line=$line$2; rest=\${rest#?} ;;
      %*) line=$line%; rest=\${rest#?} ;;
      *) line=$line% ;;
    esac
  done
  line=$line$rest
}
is_whole() { [ "$(stat -c %s -- "$1" 2>/dev/null)" = "$bytes" ]; }
from_archive() {
  [ -n "$restore" ] || return 1
  restored_by "$1" "$2"
  ( cd "$data" && timeout 60 sh -c "$line" ) </dev/null >/dev/null 2>&1 && is_whole "$2" && { source=archive; return 0; }
  rm -f -- "$2"; return 1
}
from_servers() {
  while IFS=' ' read -r id conninfo; do
    [ -n "$id" ] || continue
    # Pieces of a length that base64 encodes without padding.
    timeout 60 "\${bin}psql" -X -w -q -A -t -d "$conninfo" -c "SET search_path = pg_catalog" -c "SELECT encode(pg_read_binary_file('pg_wal/$1', at, 786432), 'base64') FROM generate_series(0, $bytes - 1, 786432) at" </dev/null 2>/dev/null |
      base64 -d > "$2" 2>/dev/null
    if is_whole "$2"; then source=$id; return 0; fi
    rm -f -- "$2"
  done <<END
$nodes
END
  return 1
}`;
