import type { PracticeInvocation } from "../command/arguments.ts";
import { EXIT_CODE } from "../command/exit-code.ts";
import { SCENARIOS } from "../practice/index.ts";
import { openSession } from "../session/session.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { formatMessage } from "../text/message.ts";
import { withColours } from "../ui/terminal/colours.ts";
import { wrapText } from "../ui/text/wrap-text.ts";
import { composePractice, followPractice, listScenarios } from "./practice.ts";
import { noteSolved, readProgress } from "./practice-progress.ts";
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
	const isScreen = capabilities.noScreen === null;
	const { columns, rows } = process.stdout;
	if (isScreen && practice.play !== null && (columns < PLAY_SIZE.columns || rows < PLAY_SIZE.rows)) {
		close();
		return refused([
			{
				message: `this terminal has ${columns}×${rows}: too small for --play`,
				detail: `The keys wait for what the screen shows on ${PLAY_SIZE.columns}×${PLAY_SIZE.rows} or more.`,
				exitCode: EXIT_CODE.usage,
			},
		]);
	}
	// Only into a file that is named: practice leaves nothing behind.
	const recorder = composeRecorder(composed.value.session, {}, invocation.record ?? false, client);
	const opened = openSession({
		...(recorder !== null && { observe: (store: ConsoleStore) => recorder.observe(store) }),
		...composed.value.session,
		hostLooks: isScreen ? "after the servers" : "at once",
	});
	program.session = opened;
	opened.operationStore.store.subscribe(({ run }) => recorder?.operation(run));
	let unnoted: string | null = null;
	const isNoted = practice.play === null && SCENARIOS.includes(scenario);
	followPractice(opened.store, practice, () => {
		if (isNoted) unnoted = noteSolved(client, scenario.name);
	});
	try {
		const runProgram = (program: string) => Promise.resolve(`${program} is not part of practice`);
		if (isScreen) {
			const exitCode = await showScreen(opened, { ...options.value, practice, runProgram });
			const { title, isSolved, debrief } = practice.state();
			const printed = [`Solved: ${title}`, ...debrief].flatMap((line) => wrapText(line, columns));
			if (isSolved) textOutput.out(printed.join("\n"));
			return exitCode;
		}
		textOutput.out("PRACTICE: a simulated cluster inside this program\n");
		return await showStatus(opened);
	} catch (error) {
		return defect(error);
	} finally {
		opened.close();
		endRecording(recorder);
		if (unnoted !== null) warn(`that "${scenario.name}" was solved is not noted: ${unnoted}`);
		close();
	}
}
