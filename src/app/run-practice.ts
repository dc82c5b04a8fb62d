import type { PracticeInvocation } from "../command/arguments.ts";
import { EXIT_CODE } from "../command/exit-code.ts";
import type { Practice } from "../model/practice.ts";
import { SCENARIOS } from "../practice/index.ts";
import { openSession } from "../session/session.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { formatMessage, type Problem } from "../text/message.ts";
import type { ScreenOptions } from "../ui/open-screen.tsx";
import { withColours } from "../ui/terminal/colours.ts";
import { wrapText } from "../ui/text/wrap-text.ts";
import { type ComposedPractice, composePractice, followPractice, listScenarios } from "./practice.ts";
import { noteSolved, readProgress } from "./practice-progress.ts";
import { sessionTo, showFirstSetUp } from "./practice-set-up.ts";
import { composeRecorder, endRecording } from "./recording.ts";
import { showScreen, showStatus } from "./show-screen.ts";
import { capabilities, client, defect, program, refused, textOutput, warn } from "./this-process.ts";

/** The least that the keys of the scenarios were tried on. */
const PLAY_SIZE = { columns: 80, rows: 24 };

/** The same screen and the same status on a cluster inside this program. */
export async function runPractice(invocation: PracticeInvocation): Promise<number> {
	if (invocation.lists) {
		const { solved, problem } = readProgress(client);
		if (problem !== undefined) warn(`${problem}; what was solved is not known`);
		textOutput.out(listScenarios(solved));
		return EXIT_CODE.ok;
	}
	const { composeScreen } = await withColours(capabilities.depth, () => import("./compose-screen.ts"));
	const options = composeScreen({}, invocation.theme, capabilities, (problem) =>
		warn(formatMessage(problem)),
	);
	if (options.problems !== undefined) return refused(options.problems);
	const composed = composePractice(client, invocation.scenario, invocation.speed, invocation.plays);
	if (composed.problems !== undefined) return refused(composed.problems);
	const { practice, scenario, close } = composed.value;
	const unfit = unfitTerminal(composed.value);
	if (unfit !== null) {
		close();
		return refused([unfit]);
	}
	let unnoted: string | null = null;
	const note = (): void => {
		if (practice.play === null && SCENARIOS.includes(scenario)) unnoted = noteSolved(client, scenario.name);
	};
	try {
		let { session } = composed.value;
		if (scenario.bareHosts !== undefined) {
			const conninfo = await showFirstSetUp(composed.value, options.value);
			if (practice.state().isSolved) note();
			if (conninfo === null) return sayEnd(practice, EXIT_CODE.ok);
			session = sessionTo(composed.value, conninfo);
		}
		return await watch({ ...composed.value, session }, invocation, options.value, note);
	} catch (error) {
		return defect(error);
	} finally {
		if (unnoted !== null) warn(`that "${scenario.name}" was solved is not noted: ${unnoted}`);
		close();
	}
}

/** The screen on a cluster that is there, or its status. @param note called once it is solved. */
async function watch(
	composed: ComposedPractice,
	{ record }: PracticeInvocation,
	options: ScreenOptions,
	note: () => void,
): Promise<number> {
	const { practice } = composed;
	const isScreen = capabilities.noScreen === null;
	// Only into a file that is named: practice leaves nothing behind.
	const recorder = composeRecorder(composed.session, {}, record ?? false, client);
	const opened = openSession({
		...(recorder !== null && { observe: (store: ConsoleStore) => recorder.observe(store) }),
		...composed.session,
		hostLooks: isScreen ? "after the servers" : "at once",
	});
	program.session = opened;
	opened.operationStore.store.subscribe(({ run }) => recorder?.operation(run));
	followPractice(opened.store, practice, note);
	try {
		const runProgram = (program: string) => Promise.resolve(`${program} is not part of practice`);
		if (isScreen) return sayEnd(practice, await showScreen(opened, { ...options, practice, runProgram }));
		textOutput.out("PRACTICE: a simulated cluster inside this program\n");
		return await showStatus(opened);
	} finally {
		opened.close();
		endRecording(recorder);
	}
}

/** Prints the debrief of what was solved. */
function sayEnd(practice: Practice, exitCode: number): number {
	const { title, isSolved, debrief } = practice.state();
	const printed = [`Solved: ${title}`, ...debrief].flatMap((line) => wrapText(line, process.stdout.columns));
	if (isSolved) textOutput.out(printed.join("\n"));
	return exitCode;
}

/** Why this terminal can't show the practice, or null. */
function unfitTerminal({ practice, scenario }: ComposedPractice): Problem | null {
	const { noScreen } = capabilities;
	const exitCode = EXIT_CODE.usage;
	if (noScreen !== null) {
		if (scenario.bareHosts === undefined) return null;
		return { message: `the scenario "${scenario.name}" needs a terminal`, detail: noScreen, exitCode };
	}
	const { columns, rows } = process.stdout;
	if (practice.play === null || (columns >= PLAY_SIZE.columns && rows >= PLAY_SIZE.rows)) return null;
	return {
		message: `this terminal has ${columns}×${rows}: too small for --play`,
		detail: `The keys wait for what the screen shows on ${PLAY_SIZE.columns}×${PLAY_SIZE.rows} or more.`,
		exitCode,
	};
}
