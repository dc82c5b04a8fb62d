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
	running: "A primary or witness that answers, or a standby whose WAL receiver can't be seen.",
	streaming: "A standby that is attached to its upstream.",
	"catching up": "A standby that is attached and still receiving older WAL.",
	detached: "A standby that answers but receives no WAL.",
	starting: "The server reports that it is starting.",
	stopping: "The server reports that it is shutting down.",
	stopped: "The host reports that no postmaster is running.",
	refusing: "The host refuses connections to the port.",
	hung: "It accepts connections but does not answer, or serves old sessions but no new ones.",
	rejecting: "The server answers but rejects the console: password, pg_hba.conf, too many connections.",
	unresolved: "Its host name can't be resolved here.",
	unreachable: "No answer from here. Whether the node is down is unknown.",
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
	{ sign: "?", role: "unknown", meaning: "Not known." },
	{ sign: "–", role: "muted", meaning: "Does not exist for this node, such as the lag of a primary." },
	{
		sign: "(standby)",
		role: "muted",
		meaning: "In brackets: the last known value of a silent node, or a value that is only registered.",
	},
	{ sign: "a ≠ b", role: "warning", meaning: "Observed as a, registered as b." },
	{
		sign: "≠ a",
		role: "warning",
		meaning: "On the viewpoints screen: a node has a, which differs from the observed state.",
	},
	plain("·", "On the connections screen: in progress."),
	{
		sign: "can't ask",
		role: "unknown",
		meaning: "The console can't log in to the host; its connections are unknown.",
	},
	plain("├─ └─", "Streams from the node above."),
	plain("▁▄█", "Lag in bytes, newest at the right, scaled to the greatest; a blank is unknown."),
	plain("now, 12 s ago", "When the node last answered."),
	{ sign: "!", role: "critical", meaning: "In front of an event: something failed or was lost." },
	plain("repmgr, r", "An event recorded by repmgr in repmgr.events."),
	plain("console, c", "An event seen by this console and recorded nowhere."),
	plain("▸", "The selected line; keys act on it."),
	plain("…", "Cut; the screen of the node or the event shows all of it."),
	{ sign: "key (label)", role: "muted", meaning: "Not possible now; press the key to see why." },
];

/** By their meaning, since colours differ between themes. */
export const COLOUR_LEGEND: readonly LegendEntry[] = [
	{ sign: "ok", role: "ok", meaning: "Healthy." },
	{ sign: "warning", role: "warning", meaning: "Needs attention; the cluster works." },
	{ sign: "critical", role: "critical", meaning: "Something does not work." },
	{ sign: "unknown", role: "unknown", meaning: "Not known." },
	{
		sign: "primary",
		role: "primary",
		meaning: "The role of a node; standby and witness have their own colours.",
	},
	{ sign: "standby", role: "standby", meaning: "A node in recovery." },
	{ sign: "witness", role: "witness", meaning: "A node that only votes." },
	{ sign: "muted", role: "muted", meaning: "Less important, or no longer current." },
	plain("plain", "Everything else. Colours never say more than words and marks."),
];
