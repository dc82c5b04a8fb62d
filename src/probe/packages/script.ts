import { STALE_FUNCTION } from "../../text/stale.ts";

/** Reads only, and needs no root. $1 the server's program, $2 data directory, $3 path of repmgr.conf. */
export const PACKAGES_SCRIPT = `LC_ALL=C; export LC_ALL
${STALE_FUNCTION}
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
  echo "family apt"
  program=$(readlink -f "$1")
  echo "program $("$program" --version)"
  server=$(dpkg-query -S "$program" 2>/dev/null | sed -n '1s/[:,].*//p')
  [ -z "$server" ] || echo "server $server"
  newer=
  source=$(dpkg-query -W -f '\${source:Package}' "$server" 2>/dev/null)
  for line in $(dpkg-query -W -f '\${source:Package}|\${Package}|\${Version}|\${db:Status-Status}\\n' |
      grep -E "^($source|repmgr)[|]" | grep -Ev '[|](not-installed|config-files)$'); do
    rest=\${line#*|}; name=\${rest%%|*}; rest=\${rest#*|}; version=\${rest%%|*}
    offered=$(apt-cache policy "$name" | sed -n 's/^  Candidate: //p')
    [ -n "$offered" ] || { echo "unread $name"; continue; }
    if [ "$offered" != "(none)" ] && dpkg --compare-versions "$offered" gt "$version"; then
      newer="$newer $name=$offered"
    else offered=-; fi
    echo "package $line|$offered"
  done
  if [ -n "$newer" ]; then
    would=$(apt-get -s --no-install-recommends --only-upgrade install $newer 2>/dev/null) || echo "unread apt-get -s"
    for word in $(printf '%s\\n' "$would" | sed -n 's/^\\(Inst\\|Remv\\) \\([^ ]*\\).*/\\2/p'); do
      case "$newer " in *" $word="*) ;; *) echo "other $word" ;; esac
    done
  fi
  lists=$(stat -c %Y /var/lib/apt/lists 2>/dev/null) && echo "age $(($(date +%s) - lists))"
else echo "family other"; fi
pid=$(server_pid "$2"); echo "stale \${pid:+$(stale "$pid")}"
pid=$(repmgrd_pid "$3"); echo "repmgrd \${pid:+$(stale "$pid")}"
echo end
`;
