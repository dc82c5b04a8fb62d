import { wasStandby } from "../../model/control-state.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { dataMayRun } from "../checks/hosts.ts";
import { type Facts, hostOf } from "../plan/facts.ts";
import type { Alternative } from "../plan/plan.ts";
import { canBeRewound, canBeSaved, hasWalToRewind } from "./checks.ts";
import { lossInCommits } from "./own-commits.ts";
import type { Rejoin } from "./wal-comparison.ts";

/** The ways in which a node can come back as a standby, from the least to the most that they change. */
export function alternatives(facts: Facts, rejoin: Rejoin): readonly Alternative[] {
	const { node, primary, wal, isRunning } = rejoin;
	const name = shellWords([node.nodeName]);
	const state = hostOf(facts, node.nodeId).value?.look.controlData?.state ?? "";
	const [barred] = dataMayRun(facts, node);
	const fits = wal.kind === "attaches";
	const past =
		wal.kind === "unknown"
			? "Whether its WAL fits is not known."
			: `It has WAL that ${quoted(primary)} never had.`;
	const start = isRunning
		? "It runs."
		: !wasStandby(state)
			? "It was a primary, and would be a second one."
			: fits
				? null
				: past;
	const follow = isRunning
		? node.observed.role !== "standby"
			? "It is no standby."
			: fits
				? null
				: past
		: "It does not run.";
	const attach = !fits
		? past
		: state.startsWith("shut down") || isRunning
			? null
			: "It ended without a shutdown.";
	const obstacle = [
		canBeRewound(facts, node, primary),
		...hasWalToRewind(facts, rejoin),
		...canBeSaved(facts, rejoin),
	].find((check) => check.state === "failed");
	const rewind = fits
		? "It has nothing to undo."
		: wal.kind === "ahead"
			? "There is no point to rewind to."
			: (obstacle?.found ?? null);
	const loss = wal.commits === undefined ? "What only it has is lost." : lossInCommits(wal.commits);
	const isPrimary = node.observed.role === "primary";
	const stop = isRunning && !isPrimary ? " --stop-first" : "";
	const once = isPrimary ? "Once it is stopped: " : "";
	const way = (title: string, command: string, why: string | null, otherwise: string): Alternative => {
		const obstacle = barred !== undefined && title !== "clone" ? barred.found : why;
		return { title, command, isPossible: obstacle === null, why: obstacle ?? otherwise };
	};
	return [
		way("just start", `start ${name}`, start, "It is a standby, and streams again."),
		way("follow", `follow ${name}`, follow, "It only takes another upstream."),
		way("rejoin", `rejoin ${name}${stop}`, attach, "It follows as it is; nothing is lost."),
		way("rewind", `rejoin ${name}${stop} --force-rewind`, rewind, `${once}${loss} Its WAL is saved first.`),
		way("clone", `clone ${name}`, null, "All data are copied again; the old directory is kept beside."),
	];
}
