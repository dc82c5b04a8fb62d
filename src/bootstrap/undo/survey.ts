import * as z from "zod";
import type { Outcome } from "../../model/fault.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { PLAIN_ECHO } from "../../text/shell.ts";
import type { Shell } from "../../transport/ports.ts";
import { RECORD_FUNCTIONS } from "../record-scripts.ts";
import type { Situation } from "../situation.ts";

/** What a host would lose, and what keeps it from being taken back. */
export type UndoSurvey = z.output<typeof undoSchema>;

/** What an undo is planned from. */
export interface UndoSituation extends Situation {
	/** By the node's name; only hosts with a record have one. */
	readonly undo: ReadonlyMap<string, UndoSurvey>;
}

const word = z.string().max(1000);
const undoSchema = z.object({
	/** Packages of the record that are there. */
	package: z.array(word),
	/** Packages of others that need one of those. */
	needs: z.array(word),
	/** Databases that are not PostgreSQL's or repmgr's own, with their size in bytes. */
	database: z.array(z.tuple([word, z.coerce.number().int().nonnegative()])),
	/** Where tablespaces lie. */
	tablespace: z.array(word),
	/**
	 * The record's places, version and data directory, whatever the inventory says now. data: there are files in the directory;
	 * left: none, but its configuration or a mark.
	 */
	place: z.array(z.tuple([z.enum(["data", "left", "gone"]), word, word])),
	end: z.array(z.literal("yes")).length(1),
});

/** Constant script for sh(1), as root; it changes nothing. $1 port, $2 repmgr's database. Prints "KEY VALUE" lines. */
export const UNDO_SURVEY_SCRIPT = `
LC_ALL=C; export LC_ALL; umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
${PLAIN_ECHO}
${RECORD_FUNCTIONS}
# While packages are being removed, dpkg-query knows of it before apt-get does: what we installed never counts as another's need.
ours=" $(sed -n 's/^package \\([^ ]*\\) .*/\\1/p' "$record" 2>/dev/null | tr '\\n' ' ')"
there=
for name in $ours; do
  case $(dpkg-query -W -f='\${db:Status-Status}' "$name" 2>/dev/null) in "" | not-installed) ;; *) echo "package $name"; there="$there $name" ;; esac
done
if [ -n "$there" ]; then
  for name in $(apt-get -s purge $there 2>/dev/null | sed -n 's/^\\(Purg\\|Remv\\) \\([^ ]*\\).*/\\2/p'); do
    case $ours in *" $name "*) ;; *) echo "needs $name" ;; esac
  done
fi
sed -n 's/^place //p' "$record" 2>/dev/null | while read -r version data; do
  mark=$data.repmgr-console
  if [ -d "$data" ] && [ -n "$(ls -A "$data")" ]; then state=data
  elif [ -e "/etc/postgresql/$version/main/postgresql.conf" ] || [ -e "$mark" ] || [ -L "$mark" ]; then state=left
  else state=gone
  fi
  echo "place $state $version $data"
  for link in "$data"/pg_tblspc/*; do [ ! -L "$link" ] || echo "tablespace $(readlink "$link")"; done
done
home=$(getent passwd postgres | cut -d : -f 6)
if [ -n "$home" ]; then
  printf '%s\\n' "SELECT 'database', pg_catalog.pg_database_size(oid), datname FROM pg_catalog.pg_database
    WHERE NOT datistemplate AND datname <> 'postgres' AND datname <> :'database'" |
    runuser -u postgres -- env -C / "HOME=$home" PGCONNECT_TIMEOUT=4 psql -wXqAt -F ' ' -p "$1" -d postgres -v "database=$2" -f - 2>/dev/null
fi
echo "end yes"
`;

export async function surveyForUndo(
	shell: Shell,
	words: readonly string[],
	deadlineMs: number,
): Promise<Outcome<UndoSurvey>> {
	const ended = await shell.run(["sh", "-c", UNDO_SURVEY_SCRIPT, "sh", ...words], {
		user: "root",
		deadlineMs,
	});
	if (ended.fault !== undefined) return ended;
	const value = parseUndoSurvey(ended.value.stdout);
	return value === null
		? { fault: { kind: "protocol", message: "the host's answer about its record can't be read" } }
		: { value };
}

/** Null: it is not what the script prints. */
export function parseUndoSurvey(text: string): UndoSurvey | null {
	const found: Record<string, unknown[]> = {
		...{ package: [], needs: [], database: [], tablespace: [], place: [], end: [] },
	};
	for (const line of text.split("\n")) {
		const [key = "", first = "", ...rest] = line.split(" ");
		if (key === "") continue;
		const more = sanitiseText([first, ...rest].join(" "));
		if (key === "place") found.place?.push(more.split(" "));
		else found[key]?.push(key === "database" ? [sanitiseText(rest.join(" ")), first] : more);
	}
	return undoSchema.safeParse(found).data ?? null;
}
