import { EXIT_CODE } from "../command/exit-code.ts";
import { statusCommand } from "../command/status.ts";
import { errorText } from "../command/terminal.ts";
import type { Session } from "../session/session.ts";
import type { ScreenOptions } from "../ui/open-screen.tsx";
import { capabilities, HANG_UP_MS, left, output, program, textOutput, warn } from "./this-process.ts";

/** The screen opens at most this long after the nodes are known; those of last time are worth showing before they answer. */
const FIRST_FRAME_MS = { remembered: 50, found: 250 };

/** Opens the screen as soon as the nodes are known; if none are found, prints the error instead. */
export async function showScreen(session: Session, options: ScreenOptions): Promise<number> {
	const isRemembered = session.store.getState().nodes.size > 0;
	const { openScreen } = await import("../ui/open-screen.tsx");
	const found = await session.discovery();
	if (found.fault !== undefined) {
		output.err(errorText(found.fault));
		return EXIT_CODE.unknown;
	}
	// Drawing a frame takes longer than reading four nodes, and blocks reading: the first frame should show something.
	await session.glance(isRemembered ? FIRST_FRAME_MS.remembered : FIRST_FRAME_MS.found);
	const shown = openScreen(session, options);
	program.screen = shown;
	let isGone = false;
	const leaveBy = (close: () => void) => () => {
		isGone = true;
		close();
	};
	program.onTerminalGone = leaveBy(shown.abandon);
	process.stdin.once("end", program.onTerminalGone);
	// Restores a terminal that is still there. If it is gone or accepts no output, no error says so: hence the time limit.
	const hangUp = (): void => {
		setTimeout(shown.abandon, HANG_UP_MS);
		shown.close();
	};
	process.on("SIGHUP", leaveBy(hangUp));
	process.once("SIGTERM", hangUp);
	await shown.closed;
	program.screen = null;
	// Its operations are past.
	if (options.replay !== undefined) return EXIT_CODE.ok;
	// Without a terminal the operation can't be resumed here, so it runs to completion.
	if (isGone) await session.operationStore.settled();
	else await session.operationStore.detach();
	const { run } = session.operationStore.store.getState();
	for (const note of run?.notes ?? []) warn(note);
	const isLeft = run?.outcome === "running" || run?.outcome === "detached";
	if (!isLeft) return EXIT_CODE.ok;
	if (options.practice === undefined) return left(run);
	output.err(`The practice has ended, and with it: ${run.plan.title}.`);
	return EXIT_CODE.ok;
}

/** Where there is no terminal for the screen: one status, and why. */
export async function showStatus(session: Session): Promise<number> {
	const exitCode = await statusCommand(session, "text", textOutput);
	output.err(`\n${capabilities.noScreen}`);
	return exitCode;
}
