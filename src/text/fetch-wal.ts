/**
 * Functions for sh(1): `from_archive NAME FILE` copies a WAL file of "$bytes" bytes from the archive, `from_servers NAME FILE` from
 * the pg_wal of another server; "archive", "barman" or the id of that node comes into "$source". They need "$data", "$bin", "$config"
 * (path of postgresql.conf), "$barman" ("HOST SERVER [CONFIG]" or "") and "$nodes", a line "ID CONNINFO" for each server. A file that a server went on writing after the fork is another
 * one on other servers, although its name is the same: only the archive, or Barman, has it.
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
# Without --partial: only whole files.
from_barman() (
  name=$1; file=$2
  set -- $barman
  timeout 60 ssh -o BatchMode=yes -o ConnectTimeout=10 "$1" barman \${3:+--config="$3"} get-wal "$2" "$name" </dev/null >"$file" 2>/dev/null
)
from_archive() {
  if [ -n "$restore" ]; then
    restored_by "$1" "$2"
    ( cd "$data" && timeout 60 sh -c "$line" ) </dev/null >/dev/null 2>&1 && is_whole "$2" && { source=archive; return 0; }
    rm -f -- "$2"
  fi
  if [ -n "$barman" ]; then
    from_barman "$1" "$2" && is_whole "$2" && { source=barman; return 0; }
    rm -f -- "$2"
  fi
  return 1
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
