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
