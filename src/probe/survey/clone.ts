import type { ClonePlace, CloneSource, CloneSurvey } from "../../model/clone-survey.ts";
import type { Outcome } from "../../model/fault.ts";
import type { Registration } from "../../model/registration.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { PLAIN_ECHO } from "../../text/shell.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import { type HostTarget, wholeOutput } from "../host/loop.ts";
import { CONF_VALUE } from "../shell-functions.ts";

/** Logins that a firewall drops, and counting a large directory, take their time. */
const DEADLINE_MS = 45_000;

/** What is sent from the upstream to measure the rate. */
const SAMPLE_BYTES = 8 * 1024 ** 2;

/**
 * One line "NAME VALUE" for each fact. pg_collation_actual_version() of a collation of the C library is that library's version.
 * The size of a database needs CONNECT on it or pg_read_all_stats.
 */
const ASK_SOURCE = `
SELECT 'version ' || current_setting('server_version_num');
SELECT 'system ' || system_identifier FROM pg_control_system();
SELECT 'bytes ' || sum(CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_database_size(oid) END)
  FROM pg_database WHERE NOT EXISTS (SELECT FROM pg_database WHERE NOT (has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')));
SELECT 'space ' || oid || ' ' || coalesce(CASE WHEN has_tablespace_privilege(oid, 'CREATE') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_tablespace_size(oid) END::text, '?') || ' ' || pg_tablespace_location(oid)
  FROM pg_tablespace WHERE pg_tablespace_location(oid) LIKE '/%' ORDER BY oid LIMIT 100;
SELECT 'machine ' || substring(version() FROM ' on ([A-Za-z0-9_]+)-');
SELECT 'pages ' || current_setting('block_size') || ' ' || current_setting('wal_block_size');
SELECT DISTINCT 'locale ' || unnest(ARRAY[datcollate, datctype]) FROM pg_database;
SELECT 'file ' || setting FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'ident_file')
  AND NOT starts_with(setting, (SELECT setting FROM pg_settings WHERE name = 'data_directory') || '/');
SELECT 'files read' FROM pg_settings WHERE name = 'config_file';
SELECT 'slot ' || slot_name FROM pg_replication_slots LIMIT 1000;
SELECT 'senders ' || current_setting('max_wal_senders')::int - count(*) FROM pg_stat_activity WHERE backend_type = 'walsender';
SELECT 'slots ' || current_setting('max_replication_slots')::int - count(*) FROM pg_replication_slots;
SELECT 'keep ' || current_setting('max_slot_wal_keep_size');
SELECT 'libc ' || pg_collation_actual_version(oid) FROM pg_collation WHERE collprovider = 'c' AND collname NOT IN ('C', 'POSIX') AND pg_collation_actual_version(oid) IS NOT NULL LIMIT 1;
`;

/**
 * Reads a host before a clone: one constant script for sh(1) that changes nothing and prints one fact a line.
 * $1 path of repmgr.conf, $2 the statements above, $3 host, $4 port, $5 role and $6 database of the upstream, $7 bytes to send.
 */
export const CLONE_SURVEY_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1; ask=$2; host=$3; port=$4; role=$5; database=$6; sample=$7
${PLAIN_ECHO}
${CONF_VALUE}
data=\${conf_data_directory%/}
if [ -L "$data" ]; then real=$(readlink -f -- "$data") && data=$real; fi
echo "data $data"
echo "options $conf_pg_basebackup_options"
case $conf_use_replication_slots in 1 | on | t* | y* | T* | Y*) echo "useslots yes" ;; esac
[ -z "$conf_barman_host" ] || echo "barman yes"
[ -z "$conf_tablespace_mapping" ] || echo "maps yes"
# $1 key, $2 directory, $3 what lies there if it is neither absent, empty nor unreadable.
place() {
  above=\${2%/*}; above=\${above:-/}; content=$3; kind=plain; rename=no; left=no
  if [ ! -e "$2" ] && [ ! -L "$2" ]; then content=absent
  elif [ ! -d "$2" ] || [ ! -r "$2" ] || [ ! -x "$2" ]; then content=unreadable
  elif [ -z "$(ls -A "$2")" ]; then content=empty
  fi
  if [ -L "$2" ]; then kind=link
  elif [ -e "$2" ] && ! [ "$(stat -c %m "$2" 2>/dev/null)" = "$(stat -c %m "$above" 2>/dev/null)" ]; then kind=mount
  fi
  [ -w "$above" ] && [ -x "$above" ] && rename=yes
  [ ! -e "$2.repmgr-console" ] || left=yes
  size=$(timeout 5 du -s -k -- "$2" 2>/dev/null) && size=\${size%%[!0-9]*} || size='?'
  echo "place $1 $content $kind $rename $left $size"
  df -P -k "$above" 2>/dev/null | tail -n 1 | sed "s|^|disk $1 |"
}
# Is nothing in a directory but what this pattern names? What another server or a person has put there must not move along.
holds_only() { [ "$(ls -A -- "$1" 2>/dev/null | grep -Evc "$2")" = 0 ]; }
own_version=; { read -r own_version < "$data/PG_VERSION"; } 2>/dev/null
content=other; [ ! -f "$data/PG_VERSION" ] || [ ! -d "$data/global" ] || content=postgres
place data "$data" $content
if [ -L "$data/pg_wal" ]; then
  real=$(readlink -f -- "$data/pg_wal"); content=other
  if [ -d "$real/archive_status" ] && holds_only "$real" '^([0-9A-F]{24}(\\..*)?|[0-9A-F]{8}\\.history|xlogtemp\\..*|archive_status|summaries)$'
  then content=postgres; fi
  echo "wal $real"; place wal "$real" $content
fi
getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc /libc /'
echo "machine $(uname -m)"
locale -a 2>/dev/null | head -n 1000 | sed 's/^/locale /'
bindir=\${conf_pg_bindir%/}
own=\${conf_config_directory%/}
for file in \${own:+"$own/postgresql.conf"} "$(sed -n 's/.*"config_file=\\([^"]*\\)".*/\\1/p' "$data/postmaster.opts" 2>/dev/null)"; do
  if [ -r "$file" ]; then echo "config $file"; break; fi
done
for psql in \${bindir:+"$bindir/psql"} psql /usr/lib/postgresql/*/bin/psql /usr/pgsql-*/bin/psql; do command -v "$psql" >/dev/null 2>&1 && break; done
psql_there() { timeout 10 "$psql" -X -w -q -A -t -v ON_ERROR_STOP=1 -h "$host" -p "$port" \${role:+-U "$role"} "$@" 2>&1; }
login() { psql_there "$@" </dev/null; }
first() { printf '%s\\n' "$1" | sed '/^$/d' | head -n 1; }
# By standard input: before version 15, -c prints the last result alone.
if told=$(printf '%s\\n' "SET search_path = pg_catalog;" "$ask" | psql_there \${database:+-d "$database"} -f -); then
  printf '%s\\n' "$told" | sed 's/^/source /'
  version=$(printf '%s\\n' "$told" | sed -n 's/^version //p')
  version=\${version%????}
  printf '%s\\n' "$told" | while read -r word oid size directory; do
    [ "$word" = space ] || continue
    content=other
    for link in "$data"/pg_tblspc/*; do [ "$(readlink -f -- "$link")" != "$(readlink -f -- "$directory")" ] || content=postgres; done
    # One location may hold tablespaces of several major versions, each in a directory of its own.
    holds_only "$directory" "^PG_\${own_version}_[0-9]*$" || content=other
    place "$oid" "$directory" $content
  done
  from=$(date +%s%N)
  got=$(login \${database:+-d "$database"} -c "SELECT repeat('x', 1048576) FROM generate_series(1, $((sample / 1048576)))" | wc -c)
  [ "$got" -lt "$sample" ] || echo "rate $got $(($(date +%s%N) - from))"
else echo "login $(first "$told")"
fi
told=$(login -d "replication=1\${database:+ dbname=replication}" -c IDENTIFY_SYSTEM) || echo "replication $(first "$told")"
for program in \${bindir:+"$bindir/pg_basebackup"} "/usr/lib/postgresql/$version/bin/pg_basebackup" "/usr/pgsql-$version/bin/pg_basebackup" pg_basebackup; do
  if command -v "$program" >/dev/null 2>&1; then
    echo "pgbasebackup $("$program" --version 2>&1 | head -n 1)"
    case $program in */*) program=\${program%/*}/pg_controldata ;; *) program=pg_controldata ;; esac
    "$program" "$data" 2>/dev/null | sed -n 's/^Database block size: */page /p; s/^WAL block size: */walpage /p'
    break
  fi
done
echo "end"
exit 0
`;

/** Has the host that is to be cloned look at itself, and try its connections to the upstream. */
export async function surveyClone(
	{ shell, user, configFile }: Pick<HostTarget, "shell" | "user" | "configFile">,
	{ host, port, user: role, database }: Registration,
): Promise<Outcome<CloneSurvey>> {
	const words = [configFile, ASK_SOURCE, host ?? "", String(port), role ?? "", database ?? ""];
	const output = await wholeOutput(shell, CLONE_SURVEY_SCRIPT, [...words, String(SAMPLE_BYTES)], {
		user,
		deadlineMs: DEADLINE_MS,
	});
	return output.fault === undefined ? { value: parseCloneSurvey(output.value) } : output;
}

const CONTENTS = ["absent", "empty", "postgres", "other"] as const;

/** The values of each line "WORD VALUE". */
type Lines = (word: string) => readonly string[];

function linesOf(lines: readonly string[]): Lines {
	return (word) =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
}

function kilobytes(text: string | undefined): number | null {
	const number = wholeNumber(text);
	return number === null ? null : number * 1024;
}

/** Parses the output of CLONE_SURVEY_SCRIPT. */
export function parseCloneSurvey(output: string): CloneSurvey {
	const all = linesOf(output.split("\n").map(sanitiseText));
	const one = (word: string): string | null => all(word)[0] || null;
	const loginFault = one("login");
	const source = loginFault === null ? sourceOf(linesOf(all("source")), one("rate")) : null;
	const wal = one("wal");
	const pages = [one("page"), one("walpage")];
	return {
		dataDirectory: one("data"),
		...placeOf(all, "data"),
		linked: [
			...(source?.tablespaces ?? []).map(({ oid, directory }) => ({
				...{ link: `pg_tblspc/${oid}`, directory },
				...placeOf(all, oid),
			})),
			...(wal === null ? [] : [{ link: "pg_wal", directory: wal, ...placeOf(all, "wal") }]),
		],
		mapsTablespaces: one("maps") === "yes",
		pgBasebackup: one("pgbasebackup"),
		options: one("options") ?? "",
		usesSlots: one("useslots") === "yes",
		hasBarman: one("barman") === "yes",
		libcVersion: one("libc"),
		machine: one("machine"),
		pageBytes: pages.includes(null) ? null : pages.join(" "),
		locales: all("locale"),
		configFile: one("config"),
		loginFault,
		replicationFault: one("replication"),
		source,
	};
}

function placeOf(all: Lines, key: string): ClonePlace {
	const [content, kind, rename, left, size] = (all(`place ${key}`)[0] ?? "").split(" ");
	// "Filesystem 1024-blocks Used Available Capacity Mounted on"
	const [, , , free, , ...mountedOn] = (all(`disk ${key}`)[0] ?? "").split(/ +/);
	return {
		content: CONTENTS.find((one) => one === content) ?? "unreadable",
		isMountPoint: kind === "mount",
		isLink: kind === "link",
		canRename: rename === "yes",
		isLeftOver: left === "yes",
		freeBytes: kilobytes(free),
		mountedOn: mountedOn.join(" ") || null,
		oldBytes: kilobytes(size),
	};
}

function sourceOf(all: Lines, rate: string | null): CloneSource | null {
	const number = (word: string): number | null => wholeNumber(all(word)[0]);
	const version = number("version");
	if (version === null) return null;
	const [bytes = null, nanoseconds = null] = (rate ?? "").split(" ").map(wholeNumber);
	return {
		version,
		systemIdentifier: all("system")[0] ?? null,
		bytes: number("bytes"),
		tablespaces: all("space").flatMap((line) => {
			const [, oid, size, directory] = /^(\d+) (\S+) (.+)$/.exec(line) ?? [];
			return oid === undefined || directory === undefined
				? []
				: [{ oid, directory, bytes: wholeNumber(size) }];
		}),
		freeWalSenders: number("senders"),
		freeSlots: number("slots") ?? 0,
		slots: all("slot"),
		libcVersion: all("libc")[0] ?? null,
		machine: all("machine")[0] ?? null,
		pageBytes: all("pages")[0] ?? null,
		locales: [...new Set(all("locale"))].filter((name) => !/^(?:C|POSIX)$/.test(name)),
		configFiles: all("files").length === 0 ? null : all("file"),
		slotKeeps: all("keep")[0]?.replace(/^-1$/, "") || null,
		bytesPerSecond: bytes && nanoseconds ? (bytes / nanoseconds) * 1e9 : null,
	};
}
