import type { ElectionForecast } from "../cluster/forecast.ts";
import { current } from "../cluster/node-state.ts";
import { shellWords } from "../cluster/shell-words.ts";
import type { ClusterSnapshot } from "../cluster/snapshot.ts";
import type { DrillReport } from "./drill-report.ts";

/** While no server answers for longer than this, nobody can say when another one was promoted. */
const MOMENT_SECONDS = 1;

/** Was the console itself cut off, so that its times are upper bounds? */
export function wasBlind({ longestSilenceSeconds }: DrillReport["came"]): boolean {
	return longestSilenceSeconds > MOMENT_SECONDS;
}

/** What a drill taught, from what was measured alone: nothing where nothing is to be mended. */
export function drillAdvice(
	{ predicted, came, primary }: Omit<DrillReport, "advice">,
	snapshot: ClusterSnapshot,
	forecast: ElectionForecast | null,
): readonly string[] {
	const winner = snapshot.nodes.find(({ nodeName }) => nodeName === (came.winner ?? predicted.winner));
	const conf = winner === undefined ? null : (current(winner.state.host)?.repmgrConf ?? null);
	const number = (name: string, unset: number): number => Number(conf?.[name] ?? unset) || unset;
	const [attempts, interval] = [number("reconnect_attempts", 6), number("reconnect_interval", 10)];
	const waiting = (attempts - 1) * interval;
	const { writeOutageSeconds, secondsToPrimary, lostWrites } = came;
	const advice: string[] = [];
	if (came.winner === null) {
		advice.push(
			`Nobody was promoted${predicted.winner === null ? "" : `, although ${predicted.winner} was foretold`}: read repmgrd's log there before relying on a failover.`,
		);
	} else if (came.winner !== predicted.winner) {
		const isRival = forecast?.rivalNodeIds.some(
			(id) => snapshot.nodes.find(({ nodeId }) => nodeId === id)?.nodeName === came.winner,
		);
		advice.push(
			`${came.winner} was promoted, not ${predicted.winner ?? "nobody"}: ${isRival ? "while WAL is being written, whoever has received more at that moment wins, before any priority" : "read repmgrd's logs for why"}.`,
		);
	}
	if (lostWrites !== null && lostWrites > 0) {
		advice.push(
			`${lostWrites} acknowledged writes are lost: with synchronous_standby_names no commit is acknowledged that a standby has not.`,
		);
	}
	if (writeOutageSeconds !== null && conf !== null && waiting > writeOutageSeconds / 2) {
		advice.push(
			`${waiting} s of the ${writeOutageSeconds.toFixed(1)} s without writes repmgrd on ${winner?.nodeName} waited between its ${attempts} attempts to reconnect: reconnect_attempts and reconnect_interval in repmgr.conf decide that.`,
		);
	}
	const { seconds } = predicted;
	if (secondsToPrimary !== null && seconds !== null && !wasBlind(came)) {
		if (secondsToPrimary > seconds.most + came.longestPauseSeconds) {
			advice.push(
				`It took ${(secondsToPrimary - seconds.most).toFixed(1)} s longer than foretold: see repmgrd's log on ${winner?.nodeName ?? "the winner"}.`,
			);
		}
	}
	if (!came.isHealthy) advice.push(`Not every node is in its place again: see "status".`);
	if (came.winner !== null)
		advice.push(`To have ${primary} as the primary again: switchover --to ${shellWords([primary])}`);
	return advice;
}
