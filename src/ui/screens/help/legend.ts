import type { NodeStatus } from "../../../model/snapshot.ts";
import { STATUS_TONE } from "../../../presentation/topology.ts";
import type { SemanticRole } from "../../theme/theme.ts";

/** A word or mark on the screen, and what it means. */
export interface LegendEntry {
	readonly sign: string;
	readonly role: SemanticRole;
	readonly meaning: string;
}

const STATUS_MEANING: Readonly<Record<NodeStatus, string>> = {
	running:
		"A primary or witness that answers, or a standby of which it can't be seen whether it receives WAL.",
	streaming: "A standby that is attached to its upstream.",
	"catching up": "A standby that is attached and still receives older WAL.",
	detached: "A standby that answers and receives from nobody.",
	starting: "The server itself says that it is starting.",
	stopping: "The server itself says that it is shutting down.",
	stopped: "The host says that no postmaster runs.",
	refusing: "The host refuses connections to the port.",
	hung: "Connections open and no answer comes, or old sessions are served and new ones are not.",
	rejecting: "The server answers and turns the console away: password, pg_hba.conf, too many connections.",
	unresolved: "Its host name is not resolved here, so it was not asked.",
	unreachable: "Nothing answers from here. Whether the node is down is not known.",
	unknown: "Not read yet.",
};

/** The words in the column STATUS. */
export const STATUS_LEGEND: readonly LegendEntry[] = Object.entries(STATUS_MEANING).map(
	([status, meaning]) => ({ sign: status, role: STATUS_TONE[status as NodeStatus], meaning }),
);

function plain(sign: string, meaning: string): LegendEntry {
	return { sign, role: "plain", meaning };
}

export const MARK_LEGEND: readonly LegendEntry[] = [
	{ sign: "?", role: "unknown", meaning: "It could be known and is not." },
	{ sign: "–", role: "muted", meaning: "There is no such thing for this node, as a lag for a primary." },
	{
		sign: "(standby)",
		role: "muted",
		meaning: "In brackets: seen before the node fell silent, or only registered.",
	},
	{ sign: "a ≠ b", role: "warning", meaning: "It is seen as a and registered as b." },
	{ sign: "≠ a", role: "warning", meaning: "Among viewpoints: a node says a, and that is not what is seen." },
	plain("·", "Among connections: it is being tried."),
	{
		sign: "can't ask",
		role: "unknown",
		meaning: "The console can't log in to the host: that says nothing about its connections.",
	},
	plain("├─ └─", "It is seen to stream from the node above."),
	plain("▁▄█", "Lag in bytes, the newest at the right, scaled to the greatest; a blank is unknown."),
	plain("now, 12 s ago", "When the node last answered."),
	{ sign: "!", role: "critical", meaning: "Before an event: something failed or was lost." },
	plain("repmgr, r", "An event that repmgr recorded in its table repmgr.events."),
	plain("console, c", "An event that this console saw for itself; it is recorded nowhere."),
	plain("▸", "The selected line; keys act on it."),
	plain("…", "Cut: the screen of the node or the event has all of it."),
	{ sign: "key (label)", role: "muted", meaning: "It can't be done now; the key says why." },
];

/** By their meaning, since colours differ between themes. */
export const COLOUR_LEGEND: readonly LegendEntry[] = [
	{ sign: "ok", role: "ok", meaning: "Well." },
	{ sign: "warning", role: "warning", meaning: "Not as it should be; the cluster works." },
	{ sign: "critical", role: "critical", meaning: "Something does not work." },
	{ sign: "unknown", role: "unknown", meaning: "Not known; neither well nor bad." },
	{
		sign: "primary",
		role: "primary",
		meaning: "The role of a node; standby and witness have their own colours.",
	},
	{ sign: "standby", role: "standby", meaning: "A node in recovery." },
	{ sign: "witness", role: "witness", meaning: "A node that only votes." },
	{ sign: "muted", role: "muted", meaning: "Of less weight, or no longer up to date." },
	plain("plain", "Everything else. No colour says anything that no word or mark says."),
];
