/**
 * For sh(1): reads the repmgr.conf at "$conf", once, and lets `conf_value NAME` print the value of a parameter, or nothing;
 * `eval "value=\$conf_NAME"` has it without a process. The last one counts. Other files that it includes are not read.
 *
 * Once, since the shell reads a file byte by byte, and a look at a host asks for three dozen parameters.
 */
export const CONF_VALUE = `
while IFS= read -r line || [ -n "$line" ]; do
  line=\${line#"\${line%%[![:space:]]*}"}
  name=\${line%%[[:space:]=]*}
  value=\${line#"$name"}
  case $name in "" | *[!a-z0-9_]*) continue ;; esac
  [ -n "$value" ] || continue
  value=\${value#"\${value%%[![:space:]=]*}"}
  case $value in
    "'"*) value=\${value#"'"}; value=\${value%%"'"*} ;;
    *) value=\${value%%#*}; value=\${value%"\${value##*[![:space:]]}"} ;;
  esac
  eval "conf_$name=\\$value"
done 2>/dev/null < "$conf"
conf_value() { eval "printf '%s\\\\n' \\"\\$conf_$1\\""; }`;
