import type { CloneSource, CloneSurvey } from "../../model/clone-survey.ts";
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
SELECT 'tablespace ' || spcname FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY spcname LIMIT 20;
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
echo "data $data"
echo "options $conf_pg_basebackup_options"
case $conf_use_replication_slots in 1 | on | t* | y* | T* | Y*) echo "useslots yes" ;; esac
[ -z "$conf_barman_host" ] || echo "barman yes"
parent=\${data%/*}; parent=\${parent:-/}
if [ ! -e "$data" ] && [ ! -L "$data" ]; then echo "content absent"
elif [ ! -d "$data" ] || [ ! -r "$data" ] || [ ! -x "$data" ]; then echo "content unreadable"
elif [ -f "$data/PG_VERSION" ] && [ -d "$data/global" ]; then echo "content postgres"
elif [ -z "$(ls -A "$data")" ]; then echo "content empty"
else echo "content other"
fi
[ ! -L "$data" ] || echo "link yes"
[ ! -L "$data/pg_wal" ] || echo "wal elsewhere"
if [ -e "$data" ] && ! [ "$(stat -c %m "$data" 2>/dev/null)" = "$(stat -c %m "$parent" 2>/dev/null)" ]; then echo "mount yes"; fi
[ -w "$parent" ] && [ -x "$parent" ] && echo "rename yes"
[ ! -e "$data.repmgr-console" ] || echo "left yes"
df -P -k "$parent" 2>/dev/null | tail -n 1 | sed 's/^/disk /'
size=$(timeout 5 du -s -k -- "$data" 2>/dev/null) && echo "old \${size%%[!0-9]*}"
getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc /libc /'
bindir=\${conf_pg_bindir%/}
for psql in \${bindir:+"$bindir/psql"} psql /usr/lib/postgresql/*/bin/psql /usr/pgsql-*/bin/psql; do command -v "$psql" >/dev/null 2>&1 && break; done
login() { timeout 10 "$psql" -X -w -q -A -t -v ON_ERROR_STOP=1 -h "$host" -p "$port" \${role:+-U "$role"} "$@" </dev/null 2>&1; }
first() { printf '%s\\n' "$1" | sed '/^$/d' | head -n 1; }
if told=$(login \${database:+-d "$database"} -c "SET search_path = pg_catalog" -c "$ask"); then
  printf '%s\\n' "$told" | sed 's/^/source /'
  version=$(printf '%s\\n' "$told" | sed -n 's/^version //p')
  version=\${version%????}
  from=$(date +%s%N)
  got=$(login \${database:+-d "$database"} -c "SELECT repeat('x', 1048576) FROM generate_series(1, $((sample / 1048576)))" | wc -c)
  [ "$got" -lt "$sample" ] || echo "rate $got $(($(date +%s%N) - from))"
else echo "login $(first "$told")"
fi
told=$(login -d "replication=1\${database:+ dbname=replication}" -c IDENTIFY_SYSTEM) || echo "replication $(first "$told")"
for program in \${bindir:+"$bindir/pg_basebackup"} "/usr/lib/postgresql/$version/bin/pg_basebackup" "/usr/pgsql-$version/bin/pg_basebackup" pg_basebackup; do
  if command -v "$program" >/dev/null 2>&1; then echo "pgbasebackup $("$program" --version 2>&1 | head -n 1)"; break; fi
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

/** Parses the output of CLONE_SURVEY_SCRIPT. */
export function parseCloneSurvey(output: string): CloneSurvey {
	const lines = output.split("\n").map(sanitiseText);
	const all = (word: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
	const one = (word: string): string | null => all(word)[0] || null;
	const kilobytes = (text: string | null | undefined): number | null => {
		const number = wholeNumber(text ?? undefined);
		return number === null ? null : number * 1024;
	};
	const loginFault = one("login");
	return {
		dataDirectory: one("data"),
		content: CONTENTS.find((content) => content === one("content")) ?? "unreadable",
		isMountPoint: one("mount") === "yes",
		isLink: one("link") === "yes",
		canRename: one("rename") === "yes",
		isWalElsewhere: one("wal") === "elsewhere",
		// "Filesystem 1024-blocks Used Available Capacity Mounted on"
		freeBytes: kilobytes(one("disk")?.split(/ +/)[3]),
		oldBytes: kilobytes(one("old")),
		isLeftOver: one("left") === "yes",
		pgBasebackup: one("pgbasebackup"),
		options: one("options") ?? "",
		usesSlots: one("useslots") === "yes",
		hasBarman: one("barman") === "yes",
		libcVersion: one("libc"),
		loginFault,
		replicationFault: one("replication"),
		source: loginFault === null ? sourceOf(all("source"), one("rate")) : null,
	};
}

function sourceOf(facts: readonly string[], rate: string | null): CloneSource | null {
	const all = (word: string): readonly string[] =>
		facts.filter((fact) => fact.startsWith(`${word} `)).map((fact) => fact.slice(word.length + 1));
	const number = (word: string): number | null => wholeNumber(all(word)[0]);
	const version = number("version");
	if (version === null) return null;
	const [bytes = null, nanoseconds = null] = (rate ?? "").split(" ").map(wholeNumber);
	return {
		version,
		systemIdentifier: all("system")[0] ?? null,
		bytes: number("bytes"),
		tablespaces: all("tablespace"),
		freeWalSenders: number("senders"),
		freeSlots: number("slots") ?? 0,
		slots: all("slot"),
		libcVersion: all("libc")[0] ?? null,
		slotKeeps: all("keep")[0]?.replace(/^-1$/, "") || null,
		bytesPerSecond: bytes && nanoseconds ? (bytes / nanoseconds) * 1e9 : null,
	};
}
