/**
 * A function for sh(1): `conf_value NAME` prints the value of a parameter in the repmgr.conf at "$conf", or nothing; the last
 * one counts. Other files that it includes are not read. It starts no program: a look at a host asks for two dozen.
 */
export const CONF_VALUE = `
conf_value() (
  value=
  while IFS= read -r line || [ -n "$line" ]; do
    line=\${line#"\${line%%[![:space:]]*}"}
    case $line in "$1"[[:space:]=]*) ;; *) continue ;; esac
    value=\${line#"$1"}
    value=\${value#"\${value%%[![:space:]=]*}"}
    case $value in
      "'"*) value=\${value#"'"}; value=\${value%%"'"*} ;;
      *) value=\${value%%#*}; value=\${value%"\${value##*[![:space:]]}"} ;;
    esac
  done 2>/dev/null < "$conf"
  [ -z "$value" ] || printf '%s\\n' "$value"
)`;
