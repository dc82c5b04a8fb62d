import { timesOf } from "../../assess/own-commits.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { OwnCommits, OwnWal } from "../../model/own-wal.ts";
import { formatBytes } from "../../text/format.ts";
import { listed } from "../../text/words.ts";
import type { Facts } from "../plan/facts.ts";
import type { WalComparison } from "./wal-comparison.ts";

/** What only the operation's node has; null: it was not read, or there is nothing to read. */
export function ownWalOf({ ownWal }: Facts): OwnWal | null {
	return ownWal?.value ?? null;
}

/** Would a rewind discard WAL, but no transaction's commit? Only where everything was read. */
export function losesNoCommit({ count, prepared, unread }: OwnCommits): boolean {
	return unread === null && count === 0 && prepared === 0;
}

/** "3 commits, from 06:53:03 to 06:54:11 UTC on 2026-11-30, in app.public.orders and 2 more tables." */
export function lossInCommits(commits: OwnCommits): string {
	const { count, prepared, unread } = commits;
	if (losesNoCommit(commits))
		return "No commit of a transaction would be lost: that WAL holds only what the server writes by itself.";
	const parts = [
		...(count === 0
			? []
			: [`${count === 1 ? "1 commit" : `${count} commits`}${timesOf(commits)}${tablesOf(commits)}`]),
		...(prepared === 0
			? []
			: [prepared === 1 ? "1 prepared transaction" : `${prepared} prepared transactions`]),
	];
	const said = parts.length === 0 ? "No commit was found" : `${listed(parts)} would be lost`;
	return unread === null ? `${said}.` : `${said}, and there may be more. ${unread}`;
}

/** How many tables are named in a sentence. */
const MOST_NAMED = 3;

function tablesOf({ list }: OwnCommits): string {
	// Those of users are what matters; every DDL touches a dozen catalogs.
	const all = [...new Set(list.flatMap(({ relations }) => relations))].filter((table) => !isOfSystem(table));
	if (all.length === 0) return "";
	const more = all.length - MOST_NAMED;
	const named = more > 1 ? [...all.slice(0, MOST_NAMED), `${more} more tables`] : all;
	return ` in ${listed(named)}`;
}

function isOfSystem(table: string): boolean {
	return /\.(?:pg_catalog|pg_toast|information_schema)\./.test(table);
}

/** The comparison with what pg_waldump has found: the end of a crashed node's WAL is where its records end. */
export function withCommits(wal: WalComparison, own: OwnWal | null): WalComparison {
	const [first] = own?.ranges ?? [];
	if (own === null || first === undefined || wal.kind !== "diverged") return wal;
	const read = own.commits.unread === null ? lsnDistanceBytes(first.from, own.commits.endLsn) : null;
	const lossBytes = losesNoCommit(own.commits) ? 0 : (wal.lossBytes ?? read);
	const found =
		wal.lossBytes === null && read !== null
			? `${wal.found} Its WAL ends at ${own.commits.endLsn}: ${formatBytes(read)} are its own.`
			: wal.found;
	return { ...wal, lossBytes, found: `${found} ${lossInCommits(own.commits)}`, commits: own.commits };
}
