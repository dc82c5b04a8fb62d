/**
 * A function for sh(1): `conf_value NAME` prints the value of a parameter in the repmgr.conf at "$conf", or nothing.
 * Other files that it includes are not read.
 */
export const CONF_VALUE = `
conf_value() {
  sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$conf" 2>/dev/null | tail -n 1 |
    sed "s/^'\\([^']*\\)'.*/\\1/; s/[[:space:]]*#.*//; s/[[:space:]]*$//"
}`;
