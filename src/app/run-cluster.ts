import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { accessWords } from "../command/access-options.ts";
import type { Invocation } from "../command/arguments.ts";
import { EXIT_CODE } from "../command/exit-code.ts";
import { statusCommand, watchStatus } from "../command/status.ts";
import { stateDirectory } from "../config/paths.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { formatMessage } from "../text/message.ts";
import { withColours } from "../ui/terminal/colours.ts";
import { showScreen, showStatus } from "./show-screen.ts";
import { sudoPasswordOf } from "./sudo-password.ts";
import {
	capabilities,
	client,
	defect,
	interrupted,
	outliveTerminal,
	output,
	program,
	refused,
	terminalInteraction,
	textOutput,
	warn,
} from "./this-process.ts";

/** Longer than a crosscheck takes: each server is polled once. */
const CROSSCHECK_INTERVAL_MS = 60_000;

/** Everything that needs a cluster: the screen and most commands. */
export async function runWithCluster(invocation: Extract<Invocation, { access: unknown }>): Promise<number> {
	const { composeSession, NO_CLUSTER } = await import("./compose.ts");
	const { openSession } = await import("../session/session.ts");
	const isScreen = invocation.command === "screen" && capabilities.noScreen === null;
	// A mistake in the screen's settings must not make a script's `status` fail.
	const screenParts =
		invocation.command === "screen"
			? await withColours(capabilities.depth, () => import("./compose-screen.ts"))
			: null;
	const sudo = await sudoPasswordOf(invocation.access, terminalInteraction);
	if (sudo.problems !== undefined) return refused(sudo.problems);
	const composed = await composeSession(
		invocation.access,
		client,
		warn,
		screenParts?.judgeScreen,
		sudo.value,
	);
	if (composed.problems !== undefined) {
		if (invocation.command === "screen" || invocation.command === "runs") await tellUnendedBootstraps();
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
	const isRecording = isScreen || invocation.command === "record";
	const recording = isRecording ? await import("./recording.ts") : null;
	const recorder =
		recording?.composeRecorder(
			composed.value,
			composed.value.recording,
			recordedInto(invocation),
			client,
			invocation.access.cluster !== undefined,
		) ?? null;
	const opened = openSession({
		...composed.value,
		...(recorder !== null && { observe: (store: ConsoleStore) => recorder.observe(store) }),
		// A crosscheck works on hosts; each server is polled only once, for its copy of repmgr.nodes.
		...(invocation.command === "crosscheck" && { intervalMs: CROSSCHECK_INTERVAL_MS }),
		hostLooks: isRecording ? "after the servers" : isJudging(invocation) ? "at once" : "in trouble",
	});
	program.session = opened;
	if (recorder?.problem && isScreen && typeof recordedInto(invocation) === "string") {
		opened.close();
		return refused([{ message: "could not record", detail: `${recorder.problem}.`, exitCode: 78 }]);
	}
	opened.operationStore.store.subscribe(({ run }) => recorder?.operation(run));
	const close = (): void => {
		opened.close();
		recording?.endRecording(recorder);
	};
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
			case "report": {
				const { reportCommand } = await import("../command/report.ts");
				return await reportCommand(opened, invocation.options, to, packageJson.version);
			}
			case "handover": {
				const { handoverCommand } = await import("../command/report.ts");
				return await handoverCommand(opened, invocation.hours, to);
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
			case "record": {
				const { recordCommand } = await import("../command/record.ts");
				return await recordCommand(recorder, composed.value.name, textOutput, interrupted());
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
								program.next = [process.argv[1] ?? "", ...accessWords(invocation.access, name)];
							},
						},
						runProgram: (program, nodeId) => runProgram(program, nodeId, { session: opened, sshTo }),
					});
				}
				return await showStatus(opened);
			}
		}
	} catch (error) {
		return defect(error);
	} finally {
		close();
	}
}

/** A bootstrap that was interrupted has no cluster yet that could be connected to. */
async function tellUnendedBootstraps(): Promise<void> {
	const { Journal } = await import("../execution/journal.ts");
	const { unendedBootstraps } = await import("../execution/history.ts");
	const { unendedText } = await import("../command/bootstrap.ts");
	const { entries } = new Journal(join(stateDirectory(client), "journal.jsonl"), (text) => text).read();
	for (const one of unendedBootstraps(entries, null)) textOutput.err(unendedText(one));
}

/** What a first start without any option can do. */
function firstSteps(clusters: string): string {
	return `repmgr-console watches and operates a PostgreSQL cluster that repmgr manages. No cluster was named.

  connect    repmgr-console -d "host=NODE user=repmgr dbname=repmgr"    any one node; passwords come from ~/.pgpass
             repmgr-console -f /etc/repmgr.conf                         on a node itself
  practice   repmgr-console practice                                    a simulated cluster: nothing can break
  set up     repmgr-console config init                                 a configuration file; then --cluster NAME
  make one   repmgr-console bootstrap                                   a new cluster on bare hosts; it asks for everything first

${clusters} With --read-only nothing can be changed; "repmgr-console --help" lists everything.`;
}

/** A file; undefined: what the configuration says; true: the state directory in any case. */
function recordedInto(invocation: Invocation): string | boolean | undefined {
	if (invocation.command === "record") return invocation.file ?? true;
	return invocation.command === "screen" ? invocation.record : false;
}

/** JSON, CSV and Markdown are never turned into ASCII. */
function isForPrograms(invocation: Extract<Invocation, { access: unknown }>): boolean {
	switch (invocation.command) {
		case "screen":
		case "record":
			return false;
		case "status":
			return invocation.format !== "text";
		case "operate":
			return invocation.options.json || invocation.options.runbook;
		case "report":
			return true;
		case "handover":
			return false;
		default:
			return invocation.json;
	}
}

/** Does the command give a verdict, which needs a reading of every host? */
function isJudging(invocation: Invocation): boolean {
	const isDrill = invocation.command === "operate" && invocation.operation.needs?.forecast === true;
	return isDrill || ["screen", "status", "failover", "report", "handover"].includes(invocation.command);
}
