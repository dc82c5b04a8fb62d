import type { NodeView } from "../../model/snapshot.ts";
import type { Facts } from "./facts.ts";

/**
 * Notes are files of one line of JSON in the console's directory on a host: who did what there, and why, for every console. The
 * scripts for sh(1) are a single line each, as a plan and a runbook show them. A run's HOME is its owner's (START_SCRIPT).
 */
const STATE = '"$HOME/.local/state/repmgr-console';

/** $1 name of the file, $2 the note as JSON; the host's own clock says since when. */
export const WRITE_NOTE = `umask 077; cd ${STATE}" && printf '%s,"since":%s000}\\n' "\${2%\\}}" "$(date +%s)" > "$1.new" && sync "$1.new" && mv "$1.new" "$1"`;

/** $1 name of the file. */
export const REMOVE_NOTE = `rm -f ${STATE}/$1"`;

/** A note is one line, of which the host script reads 4000 bytes. */
export const LONGEST_REASON = 500;

export function noteName(of: "fence" | "pause", { snapshot }: Facts, { nodeId }: NodeView): string {
	return `${of}-${snapshot.cluster.systemIdentifier}-${nodeId}.json`;
}
