import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import packageJson from "../../package.json" with { type: "json" };
import { accessWords } from "../command/access-options.ts";
import { type Invocation, type PracticeInvocation, parseArguments, programOf } from "../command/arguments.ts";
import { EXIT_CODE, OPERATION_EXIT } from "../command/exit-code.ts";
import { asPlugin } from "../command/nagios.ts";
import { statusCommand, watchStatus } from "../command/status.ts";
import { errorText, type Interaction, type Output } from "../command/terminal.ts";
import { distrust } from "../config/own-file.ts";
import { type Client, cacheDirectory, thisClient } from "../config/paths.ts";
import { isOutOfFiles, outOfFilesFault } from "../model/fault.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { Session } from "../session/session.ts";
import { formatMessage, type Problem, systemCode, systemMessage } from "../text/message.ts";
import { sanitiseText } from "../text/sanitise.ts";
import type { OpenScreen, ScreenOptions } from "../ui/open-screen.tsx";
import { capabilitiesOf } from "../ui/terminal/capabilities.ts";
import { withColours } from "../ui/terminal/colours.ts";
import { neverWait, written } from "../ui/terminal/output.ts";
import { asciiText } from "../ui/text/ascii-text.ts";

/** The screen opens at most this long after the nodes are known. */
const FIRST_FRAME_MS = 250;

/** Time to restore a terminal that is still there. */
const HANG_UP_MS = 1000;

/** Longer than a crosscheck takes: each server is polled once. */
const CROSSCHECK_INTERVAL_MS = 60_000;

/** The composition root: the only file that knows everything, the only one that ends the process. */
const standard: Output = {
	out: (text) => process.stdout.write(`${text}\n`),
	err: (text) => process.stderr.write(`${text}\n`),
};
/** Also of a wrong usage of `status --nagios` a check plugin's line and exit code must tell. */
const isPlugin = process.argv.includes("status") && process.argv.includes("--nagios");
const plugin = isPlugin ? asPlugin(standard) : null;
const output = plugin ?? standard;

const client = thisClient();
const capabilities = capabilitiesOf(process.env, process.stdout.isTTY && process.stdin.isTTY);
/** For people: output for programs is never turned into ASCII. */
const textOutput: Output = capabilities.isUnicode
	? output
	: { ...output, out: (text) => output.out(asciiText(text)) };
keepCompiledCode(client);
/** Called when the terminal or the reader of the output goes away; null: this program ends. */
let onTerminalGone: (() => void) | null = null;
/** Aborted with the reason when output can't be written; printing stops then. */
const unwritten = new AbortController();
for (const stream of [process.stdout, process.stderr, process.stdin]) {
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (onTerminalGone !== null) onTerminalGone();
		// `repmgr-console status | head`: a closed pipe is no error.
		else if (error.code === "EPIPE") process.exit(EXIT_CODE.ok);
		else if (stream === process.stdin) throw error;
		const isGone = error.code === "EPIPE" || error.code === "EIO";
		if (onTerminalGone === null || !isGone) unwritten.abort(error);
	});
}
/** The words after Node's own of the console that replaces this one; null: this one ends. */
let next: readonly string[] | null = null;
/** What a defect has to report or restore before this program ends. */
let session: Session | null = null;
let screen: OpenScreen | null = null;
process.on("uncaughtException", (error) => process.exit(ended(defect(error))));
const invocation = parseArguments(process.argv.slice(2), packageJson.version, output);
const exitCode = ended(typeof invocation === "number" ? invocation : await run(invocation).catch(defect));
// Write errors arrive later.
await written([process.stdout, process.stderr], HANG_UP_MS);
// A new process has nothing of the cluster before: no listener, no session, no remembered finding.
if (next !== null) process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...next]);
process.exit(exitCodeAfter(exitCode));

function ended(exitCode: number): number {
	return plugin?.end(exitCode) ?? exitCode;
}

/** Success counts only if all output was written. */
function exitCodeAfter(exitCode: number): number {
	if (!unwritten.signal.aborted) return exitCode;
	output.err(
		errorText({
			message: `could not write to standard output: ${systemMessage(unwritten.signal.reason)}`,
			detail: "The output is incomplete.",
		}),
	);
	return exitCode === EXIT_CODE.ok ? (isPlugin ? EXIT_CODE.unknown : EXIT_CODE.output) : exitCode;
}

/** Reports an unexpected error; a running operation goes on without this console. @returns the exit code. */
function defect(error: unknown): number {
	try {
		screen?.close();
	} catch {
		// The screen itself may be broken.
	}
	const state = session?.running?.state;
	const code = systemCode(error);
	if (isOutOfFiles(code)) {
		output.err(errorText(outOfFilesFault(code)));
		return state === undefined ? EXIT_CODE.system : left(state);
	}
	const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
	output.err(
		[
			`repmgr-console: internal error: ${sanitiseText(message)}`,
			"DETAIL:  This is a bug in the console.",
			"HINT:  Please report it with the following stack trace.",
			...stack.split("\n").slice(1).map(sanitiseText),
		].join("\n"),
	);
	return state === undefined ? EXIT_CODE.software : left(state);
}

/** An operation goes on without this console. @returns the exit code. */
function left({ plan, operationId }: RunState): number {
	output.err(
		`${plan.title} continues without this console.\nHINT:  Resume it with "repmgr-console runs resume ${operationId}", here or on another bastion.`,
	);
	return OPERATION_EXIT.interrupted;
}

/** Saves a third of the start-up time. Not in /tmp, Node's default, where others could plant code. */
function keepCompiledCode(client: Client): void {
	const directory = cacheDirectory(client);
	try {
		mkdirSync(directory, { recursive: true, mode: 0o700 });
		if (distrust(directory) === null) enableCompileCache(directory);
	} catch {
		// A read-only home costs only some milliseconds.
	}
}

async function run(invocation: Invocation): Promise<number> {
	switch (invocation.command) {
		case "config init":
		case "config check": {
			const { configCheck, configInit } = await import("../command/config.ts");
			if (invocation.command === "config init") return configInit(invocation.path, client, output);
			const { checkTheme, judgeScreen } = await import("./compose-screen.ts");
			return configCheck(invocation.path, client, output, { judge: judgeScreen, checkTheme });
		}
		case "completion": {
			const { completionCommand } = await import("../command/completion.ts");
			const program = programOf(packageJson.version, output, () => {});
			return await completionCommand(invocation, program, client, output);
		}
		case "practice":
			return practise(invocation);
		case "bootstrap init": {
			const { bootstrapInit } = await import("../command/bootstrap.ts");
			return bootstrapInit(invocation, output);
		}
		case "bootstrap":
			return bootstrap(invocation);
		default:
			return withCluster(invocation);
	}
}

/** The same screen and the same status on a cluster inside this program. */
async function practise(invocation: PracticeInvocation): Promise<number> {
	const { composePractice, listScenarios } = await import("./practice.ts");
	if (invocation.lists) {
		textOutput.out(listScenarios());
		return EXIT_CODE.ok;
	}
	const { openSession } = await import("../session/session.ts");
	const { composeScreen } = await withColours(capabilities.depth, () => import("./compose-screen.ts"));
	const options = composeScreen({}, invocation.theme, capabilities, (problem) =>
		warn(formatMessage(problem)),
	);
	if (options.problems !== undefined) return refused(options.problems);
	const composed = composePractice(client, invocation.scenario, invocation.speed);
	if (composed.problems !== undefined) return refused(composed.problems);
	const { practice, close } = composed.value;
	const isScreen = capabilities.noScreen === null;
	const opened = openSession({
		...composed.value.session,
		hostLooks: isScreen ? "after the servers" : "at once",
	});
	session = opened;
	try {
		const runProgram = (program: string) => Promise.resolve(`${program} is not part of practice`);
		if (isScreen) return await showScreen(opened, { ...options.value, practice, runProgram });
		textOutput.out("PRACTICE: a simulated cluster inside this program\n");
		const exitCode = await statusCommand(opened, "text", textOutput);
		output.err(`\n${capabilities.noScreen}`);
		return exitCode;
	} catch (error) {
		return defect(error);
	} finally {
		opened.close();
		close();
	}
}

/** Makes a cluster; the hosts need not have a server yet. */
async function bootstrap(invocation: Extract<Invocation, { command: "bootstrap" }>): Promise<number> {
	const [{ composeBootstrap }, { composeSession }, { bootstrapCommand }, { openSession }] = await Promise.all(
		[
			import("./compose-bootstrap.ts"),
			import("./compose.ts"),
			import("../command/bootstrap.ts"),
			import("../session/session.ts"),
		],
	);
	const composed = composeBootstrap(invocation, client);
	if (composed.problems !== undefined) return refused(composed.problems);
	outliveTerminal();
	const { options, ssh } = invocation;
	const to = options.json || options.runbook ? output : textOutput;
	try {
		return await bootstrapCommand(composed.value, options, to, terminalInteraction(), async (dbname) => {
			const { user: sshUser, port: sshPort, ...more } = ssh;
			const access = {
				...{ dbname, ssh: true, ...more },
				...(sshUser !== undefined && { sshUser }),
				...(sshPort !== undefined && { sshPort }),
			};
			const made = await composeSession(access, client, warn);
			return made.problems === undefined
				? { value: openSession({ ...made.value, hostLooks: "at once" }) }
				: made;
		});
	} finally {
		composed.value.close();
	}
}

async function withCluster(invocation: Extract<Invocation, { access: unknown }>): Promise<number> {
	const { composeSession, NO_CLUSTER } = await import("./compose.ts");
	const { openSession } = await import("../session/session.ts");
	const isScreen = invocation.command === "screen" && capabilities.noScreen === null;
	// A mistake in the screen's settings must not make a script's `status` fail.
	const screenParts =
		invocation.command === "screen"
			? await withColours(capabilities.depth, () => import("./compose-screen.ts"))
			: null;
	const composed = await composeSession(invocation.access, client, warn, screenParts?.judgeScreen);
	if (composed.problems !== undefined) {
		const [first] = composed.problems;
		if (invocation.command !== "screen" || first?.message !== NO_CLUSTER) return refused(composed.problems);
		textOutput.err(firstSteps(first.detail ?? ""));
		return first.exitCode ?? EXIT_CODE.configuration;
	}
	const options = screenParts?.composeScreen(
		composed.value.screen,
		invocation.access.theme,
		capabilities,
		(problem) => warn(formatMessage(problem)),
	);
	if (options?.problems !== undefined) return refused(options.problems);
	const opened = openSession({
		...composed.value,
		// A crosscheck works on hosts; each server is polled only once, for its copy of repmgr.nodes.
		...(invocation.command === "crosscheck" && { intervalMs: CROSSCHECK_INTERVAL_MS }),
		hostLooks: isScreen ? "after the servers" : isJudging(invocation) ? "at once" : "in trouble",
	});
	session = opened;
	const to = isForPrograms(invocation) ? output : textOutput;
	if (invocation.command === "operate" || invocation.command === "runs") outliveTerminal();
	try {
		switch (invocation.command) {
			case "status": {
				return invocation.watch
					? await watchStatus(opened, invocation.format, to, interrupted())
					: await statusCommand(opened, invocation.format, to);
			}
			case "events": {
				const { eventsCommand } = await import("../command/events.ts");
				return await eventsCommand(
					opened,
					{ ...invocation, follow: invocation.follow ? interrupted() : null },
					to,
				);
			}
			case "viewpoints": {
				const { viewpointsCommand } = await import("../command/viewpoints.ts");
				return await viewpointsCommand(opened, invocation, to);
			}
			case "lint": {
				const { lintCommand } = await import("../command/lint.ts");
				return await lintCommand(opened, invocation, to);
			}
			case "timelines": {
				const { timelinesCommand } = await import("../command/timelines.ts");
				return await timelinesCommand(opened, invocation, to);
			}
			case "crosscheck": {
				const { crosscheckCommand } = await import("../command/crosscheck.ts");
				return await crosscheckCommand(opened, invocation, to);
			}
			case "failover": {
				const { failoverPreview } = await import("../command/failover.ts");
				return await failoverPreview(opened, invocation, to);
			}
			case "operate": {
				const { operateCommand } = await import("../command/operate.ts");
				const { intentOf } = await import("../operation/command-line.ts");
				const { operation, values, options: how } = invocation;
				return await operateCommand(
					opened,
					({ store }) => intentOf(operation, values, store.getState().snapshot),
					how,
					to,
					terminalInteraction(),
				);
			}
			case "runs": {
				const { runsCommand } = await import("../command/runs.ts");
				const { action, json } = invocation;
				return await runsCommand(opened, action, json, to, terminalInteraction());
			}
			case "screen": {
				if (isScreen && options !== undefined) {
					const { sshTo, clusters } = composed.value;
					const { runProgram } = await import("./programs.ts");
					return await showScreen(opened, {
						...options.value,
						clusters: {
							names: clusters,
							open: (name) => {
								next = [process.argv[1] ?? "", ...accessWords(invocation.access, name)];
							},
						},
						runProgram: (program, nodeId) => runProgram(program, nodeId, { session: opened, sshTo }),
					});
				}
				const exitCode = await statusCommand(opened, "text", textOutput);
				output.err(`\n${capabilities.noScreen}`);
				return exitCode;
			}
		}
	} catch (error) {
		return defect(error);
	} finally {
		opened.close();
	}
}

/** What a first start without any option can do. */
function firstSteps(clusters: string): string {
	return `repmgr-console watches and operates a PostgreSQL cluster that repmgr manages. No cluster was named.

  connect    repmgr-console -d "host=NODE user=repmgr dbname=repmgr"    any one node; passwords come from ~/.pgpass
             repmgr-console -f /etc/repmgr.conf                         on a node itself
  practice   repmgr-console practice                                    a simulated cluster: nothing can break
  set up     repmgr-console config init                                 a configuration file; then --cluster NAME

${clusters} With --read-only nothing can be changed; "repmgr-console --help" lists everything.`;
}

/** JSON, CSV and Markdown are never turned into ASCII. */
function isForPrograms(invocation: Extract<Invocation, { access: unknown }>): boolean {
	switch (invocation.command) {
		case "screen":
			return false;
		case "status":
			return invocation.format !== "text";
		case "operate":
			return invocation.options.json || invocation.options.runbook;
		default:
			return invocation.json;
	}
}

/** Does the command give a verdict, which needs a reading of every host? */
function isJudging(invocation: Invocation): boolean {
	const isDrill = invocation.command === "operate" && invocation.operation.needs?.forecast === true;
	return isDrill || ["screen", "status", "failover"].includes(invocation.command);
}

/** Opens the screen as soon as the nodes are known; if none are found, prints the error instead. */
async function showScreen(session: Session, options: ScreenOptions): Promise<number> {
	const { openScreen } = await import("../ui/open-screen.tsx");
	const found = await session.discovery();
	if (found.fault !== undefined) {
		output.err(errorText(found.fault));
		return EXIT_CODE.unknown;
	}
	// Drawing a frame takes longer than reading four nodes, and blocks reading: the first frame should show something.
	await session.glance(FIRST_FRAME_MS);
	const shown = openScreen(session, options);
	screen = shown;
	let isGone = false;
	const leaveBy = (close: () => void) => () => {
		isGone = true;
		close();
	};
	onTerminalGone = leaveBy(shown.abandon);
	process.stdin.once("end", onTerminalGone);
	// Restores a terminal that is still there. If it is gone or accepts no output, no error says so: hence the time limit.
	const hangUp = (): void => {
		setTimeout(shown.abandon, HANG_UP_MS);
		shown.close();
	};
	process.on("SIGHUP", leaveBy(hangUp));
	process.once("SIGTERM", hangUp);
	await shown.closed;
	screen = null;
	// Without a terminal the operation can't be resumed here, so it runs to completion.
	if (isGone) await session.operationStore.settled();
	else await session.operationStore.detach();
	const { run } = session.operationStore.store.getState();
	for (const note of run?.notes ?? []) warn(note);
	if (run?.outcome === "running" || run?.outcome === "detached") return left(run);
	return EXIT_CODE.ok;
}

function warn(text: string): void {
	output.err(`repmgr-console: warning: ${text}`);
}

function refused(problems: readonly Problem[]): number {
	output.err(errorText(...problems));
	return problems[0]?.exitCode ?? EXIT_CODE.configuration;
}

/** Keeps an operation running when the terminal closes; `runs` shows it afterwards. */
function outliveTerminal(): void {
	onTerminalGone = () => {};
	process.on("SIGHUP", onTerminalGone);
	for (const terminal of [process.stdout, process.stderr]) neverWait(terminal);
}

/** Prompts and signals of the terminal, if there is one. */
function terminalInteraction(): Interaction {
	const on = (signals: readonly NodeJS.Signals[], listener: () => void): (() => void) => {
		for (const signal of signals) process.on(signal, listener);
		return () => {
			for (const signal of signals) process.off(signal, listener);
		};
	};
	return {
		isInteractive: process.stdin.isTTY && process.stderr.isTTY,
		async ask(question) {
			const { createInterface } = await import("node:readline");
			const lines = createInterface({ input: process.stdin, output: process.stderr });
			return await new Promise((resolve) => {
				lines.once("close", () => resolve(null));
				lines.question(question, (answer) => {
					resolve(answer);
					lines.close();
				});
			});
		},
		onInterrupt: (listener) => on(["SIGINT"], listener),
		onTerminate: (listener) => on(["SIGTERM"], listener),
	};
}

/** Aborted by Ctrl-C, SIGTERM, a closed terminal, or output that can't be written. */
function interrupted(): AbortSignal {
	const controller = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => controller.abort());
	return AbortSignal.any([controller.signal, unwritten.signal]);
}
