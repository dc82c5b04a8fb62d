import { rangesSince } from "../assess/own-commits.ts";
import type { CommitCount } from "../model/own-wal.ts";
import type { Fork, NodeTimelines, Timelines } from "../model/timelines.ts";
import { readCommitCount, type WalDirectoryPlace } from "../probe/own-wal/reader.ts";
import type { SetupTarget } from "../probe/setup/reader.ts";

/**
 * The transactions in a node's WAL from a fork on; null: not read.
 *
 * @param timeline the node is on: until its first checkpoint there, its control data have the one before.
 */
export async function commitsSince(
	place: WalDirectoryPlace,
	fork: Fork,
	timeline: number | null,
): Promise<CommitCount | null> {
	const { value = null } = await readCommitCount(place, (directory) =>
		rangesSince(fork, { ...directory, timeline: Math.max(directory.timeline, timeline ?? 0) }),
	);
	return value;
}

/** For each node that has WAL of its own, on its host. */
export async function commitsOfTheirOwn(
	{ ends }: Timelines,
	read: readonly NodeTimelines[],
	targets: readonly SetupTarget[],
): Promise<ReadonlyMap<number, CommitCount | null>> {
	const counted = await Promise.all(
		ends.map(
			async ({ nodeId, timeline, own }): Promise<readonly (readonly [number, CommitCount | null])[]> => {
				const host = targets.find(({ registration }) => registration.nodeId === nodeId)?.host;
				const look = read.find((one) => one.nodeId === nodeId)?.host.value?.look;
				const dataDirectory = look?.dataDirectory ?? null;
				if (own.state !== "some" || own.from === null || !host || dataDirectory === null) return [];
				const bindir = look?.repmgrConf?.pg_bindir?.replace(/\/+$/, "");
				const place = { ...host, dataDirectory, programs: bindir ? `${bindir}/` : "" };
				return [[nodeId, await commitsSince(place, own.from, timeline)]];
			},
		),
	);
	return new Map(counted.flat());
}
