import { standbys } from "../members.ts";
import { psql } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * WAL_REPLAY_PAUSED: a standby receives WAL and does not replay it. repmgr doesn't report it. Up to PostgreSQL 12 such a
 * standby refuses promotion; from 13 on a promotion first replays the backlog, and `repmgr standby switchover` does not
 * check it (repmgr-action-standby.c).
 */
export const walReplayPaused: Rule = (world) =>
	standbys(world)
		.filter(({ observed }) => observed.replayPaused === true)
		.map((node) =>
			finding({
				code: "WAL_REPLAY_PAUSED",
				severity: "warning",
				node,
				message: `WAL replay is paused on standby ${quoted(node)}`,
				detail: `It stopped at ${node.observed.replayLsn ?? "an unknown position"}; received WAL piles up in its pg_wal, and queries there see old data.`,
				hint: "Ask who paused it and why, then resume it.",
				evidence: [
					evidenceOf(
						node,
						`pg_is_wal_replay_paused() = true, received up to ${node.observed.receiveLsn ?? "unknown"}, replayed up to ${node.observed.replayLsn ?? "unknown"}`,
					),
				],
				remedy: psql(node, `resume WAL replay on ${quoted(node)}`, "SELECT pg_wal_replay_resume()"),
				doNot:
					"Do not resume before asking why it is paused: it may keep rows that were deleted by accident on the primary.",
			}),
		);
