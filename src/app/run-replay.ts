import { readdirSync, statSync } from "node:fs";
import { EXIT_CODE } from "../command/exit-code.ts";
import type { RecordInvocation } from "../command/record-arguments.ts";
import { listRecord } from "../command/replay.ts";
import { Player } from "../record/player.ts";
import { type ClusterRecord, readRecord } from "../record/reader.ts";
import { recordsIn } from "../record/ring.ts";
import { type ReplaySession, replaySession } from "../session/replay-session.ts";
import { type Configured, formatMessage, refuse } from "../text/message.ts";
import { didYouMean } from "../text/nearest.ts";
import { withColours } from "../ui/terminal/colours.ts";
import { namesLike, recordsDirectory, recordsOf } from "./recording.ts";
import { showScreen } from "./show-screen.ts";
import { capabilities, client, defect, program, refused, textOutput, warn } from "./this-process.ts";

/** The same screen on a record. */
export async function runReplay(
	invocation: Extract<RecordInvocation, { command: "replay" }>,
): Promise<number> {
	const paths = pathsOf(invocation.what);
	if (paths.problems !== undefined) return refused(paths.problems);
	program.record = paths.value.at(-1) ?? null;
	const read = readRecord(paths.value);
	if (read.problems !== undefined) return refused(read.problems);
	for (const text of read.value.problems) warn(text);
	if (invocation.lists || capabilities.noScreen !== null) {
		textOutput.out(listRecord(read.value));
		return EXIT_CODE.ok;
	}
	return await showReplay(read.value, invocation.theme);
}

async function showReplay(record: ClusterRecord, theme: string | undefined): Promise<number> {
	const { composeScreen } = await withColours(capabilities.depth, () => import("./compose-screen.ts"));
	const options = composeScreen({}, theme, capabilities, (problem) => warn(formatMessage(problem)));
	if (options.problems !== undefined) return refused(options.problems);
	let session: ReplaySession | null = null;
	let replay: Player | null = null;
	try {
		replay = new Player(record, (run) => session?.showRun(run));
		session = replaySession(replay.store);
		program.session = session;
		const runProgram = (name: string) => Promise.resolve(`${name}: this is a replay`);
		return await showScreen(session, { ...options.value, hasBell: false, replay, runProgram });
	} catch (error) {
		return defect(error);
	} finally {
		replay?.close();
	}
}

/** The files that are meant by a path, by a cluster's name, or by nothing where only one cluster was recorded. */
function pathsOf(what: string | undefined): Configured<readonly string[]> {
	const names = recordedClusters();
	const name = what ?? (names.length === 1 ? names[0] : undefined);
	if (name === undefined)
		return refuse({
			message: "no record was named",
			detail:
				names.length === 0 ? "Nothing was recorded here yet." : `There are records of ${names.join(", ")}.`,
			hint: 'Give a file, or the name of a cluster: "repmgr-console replay NAME".',
			exitCode: 64,
		});
	const found = what === undefined ? undefined : statSync(what, { throwIfNoEntry: false });
	if (what !== undefined && found?.isFile()) return { value: [what] };
	if (what !== undefined && found?.isDirectory()) return recordsAt(recordsIn(what), what, names);
	const [meant, ...others] = namesLike(names, name);
	if (others.length > 0)
		return refuse({
			message: `there are records of several clusters at "${name}"`,
			detail: `Their system identifiers differ: ${[meant, ...others].join(", ")}.`,
			hint: "Give one of these names.",
			exitCode: 64,
		});
	return recordsAt(recordsIn(recordsOf(client, meant ?? name)), name, names);
}

function recordsAt(
	files: readonly string[],
	name: string,
	names: readonly string[],
): Configured<readonly string[]> {
	return files.length > 0
		? { value: files }
		: refuse({ message: `there is no record "${name}"`, ...didYouMean(name, names), exitCode: 64 });
}

function recordedClusters(): readonly string[] {
	try {
		return readdirSync(recordsDirectory(client)).map(decodeURIComponent).toSorted();
	} catch {
		return [];
	}
}
