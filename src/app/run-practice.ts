import type { PracticeInvocation } from "../command/arguments.ts";
import { EXIT_CODE } from "../command/exit-code.ts";
import { openSession } from "../session/session.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { formatMessage } from "../text/message.ts";
import { withColours } from "../ui/terminal/colours.ts";
import { composePractice, listScenarios } from "./practice.ts";
import { composeRecorder, endRecording } from "./recording.ts";
import { showScreen, showStatus } from "./show-screen.ts";
import { capabilities, client, defect, program, refused, textOutput, warn } from "./this-process.ts";

/** The same screen and the same status on a cluster inside this program. */
export async function runPractice(invocation: PracticeInvocation): Promise<number> {
	if (invocation.lists) {
		textOutput.out(listScenarios());
		return EXIT_CODE.ok;
	}
	const { composeScreen } = await withColours(capabilities.depth, () => import("./compose-screen.ts"));
	const options = composeScreen({}, invocation.theme, capabilities, (problem) =>
		warn(formatMessage(problem)),
	);
	if (options.problems !== undefined) return refused(options.problems);
	const composed = composePractice(client, invocation.scenario, invocation.speed);
	if (composed.problems !== undefined) return refused(composed.problems);
	const { practice, close } = composed.value;
	const isScreen = capabilities.noScreen === null;
	// Only into a file that is named: practice leaves nothing behind.
	const recorder = composeRecorder(composed.value.session, {}, invocation.record ?? false, client);
	const opened = openSession({
		...(recorder !== null && { observe: (store: ConsoleStore) => recorder.observe(store) }),
		...composed.value.session,
		hostLooks: isScreen ? "after the servers" : "at once",
	});
	program.session = opened;
	opened.operationStore.store.subscribe(({ run }) => recorder?.operation(run));
	try {
		const runProgram = (program: string) => Promise.resolve(`${program} is not part of practice`);
		if (isScreen) return await showScreen(opened, { ...options.value, practice, runProgram });
		textOutput.out("PRACTICE: a simulated cluster inside this program\n");
		return await showStatus(opened);
	} catch (error) {
		return defect(error);
	} finally {
		opened.close();
		endRecording(recorder);
		close();
	}
}
