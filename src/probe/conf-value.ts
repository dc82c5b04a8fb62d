/**
 * For sh(1): `read_conf FILE` reads a repmgr.conf, and lets `conf_value NAME` print the value of a parameter, or nothing;
 * `eval "value=\$conf_NAME"` has it without a process, and "$raw_conninfo" conninfo as it is written. The last one counts, of
 * several files as of one. Files that it includes are not read.
 *
 * Once, since the shell reads a file byte by byte, and a look at a host asks for three dozen parameters.
 */
export const READ_CONF = `
read_conf() {
  while IFS= read -r line || [ -n "$line" ]; do
    line=\${line#"\${line%%[![:space:]]*}"}
    name=\${line%%[[:space:]=]*}
    value=\${line#"$name"}
    case $name in "" | *[!a-z0-9_]*) continue ;; esac
    [ -n "$value" ] || continue
    value=\${value#"\${value%%[![:space:]=]*}"}
    [ "$name" != conninfo ] || raw_conninfo=$value
    case $value in
      "'"*) value=\${value#"'"}; value=\${value%%"'"*} ;;
      *) value=\${value%%#*}; value=\${value%"\${value##*[![:space:]]}"} ;;
    esac
    eval "conf_$name=\\$value"
  done 2>/dev/null < "$1"
}
conf_value() { eval "printf '%s\\\\n' \\"\\$conf_$1\\""; }`;

/** READ_CONF, and that the file at "$conf" has been read. */
export const CONF_VALUE = `${READ_CONF}
read_conf "$conf"`;
