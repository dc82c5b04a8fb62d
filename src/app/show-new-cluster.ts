import { existsSync, readFileSync } from "node:fs";
import type { Invocation } from "../command/arguments.ts";
import { loginOf, watchWords } from "../command/bootstrap-arguments.ts";
import { sessionProofs } from "../command/bootstrap-proofs.ts";
import { OPERATION_EXIT } from "../command/exit-code.ts";
import { readInventory } from "../config/inventory.ts";
import { answersOf } from "../config/inventory-form/answers.ts";
import { createNewCluster, type NewCluster } from "../session/new-cluster.ts";
import { formatMessage } from "../text/message.ts";
import { openNewClusterScreen } from "../ui/new-cluster/open.tsx";
import { withColours } from "../ui/terminal/colours.ts";
import { openBootstrap, watchNewCluster } from "./compose-bootstrap.ts";
import { inventoryWriter, reportWriter } from "./new-cluster-files.ts";
import { sudoPasswordOf } from "./sudo-password.ts";
import {
	capabilities,
	client,
	HANG_UP_MS,
	output,
	program,
	refused,
	terminalInteraction,
	textOutput,
	warn,
} from "./this-process.ts";

/** A new cluster on the screen: questions, survey, plan, work and proof. */
export async function showNewCluster(
	invocation: Extract<Invocation, { command: "bootstrap" }>,
): Promise<number> {
	const { inventory: file, ssh, theme } = invocation;
	const sudo = await sudoPasswordOf(ssh, terminalInteraction);
	if (sudo.problems !== undefined) return refused(sudo.problems);
	const sudoPassword = sudo.value;
	const { composeScreen } = await withColours(capabilities.depth, () => import("./compose-screen.ts"));
	const options = composeScreen({}, theme, capabilities, (problem) => warn(formatMessage(problem)));
	if (options.problems !== undefined) return refused(options.problems);
	// What an earlier wizard has written can be changed here; what a person has written is taken as it is.
	const found = readIfThere(file);
	const answers = found === null ? {} : answersOf(found, file, client.home);
	let login = ssh;
	const cluster = createNewCluster({
		...{ file, home: client.home, answers, sudoPassword },
		read: () => readInventory(file, client.home),
		write: inventoryWriter(file, answers === null ? null : found),
		open(inventory, how) {
			login = loginOf(inventory, ssh);
			return openBootstrap(inventory, file, ssh, client, how);
		},
		prove: (conninfo) => sessionProofs(() => watchNewCluster(conninfo, login, sudoPassword)),
		report: reportWriter(file),
	});
	await showNewClusterScreen(cluster, options.value, (conninfo) => {
		program.next = [process.argv[1] ?? "", ...watchWords(conninfo, login, sudoPassword.value !== null)];
	});
	return ended(cluster);
}

/** Shows the screens until they are left, and nothing is carried out any more. @param watch is called before they are left for the console on the cluster. */
export async function showNewClusterScreen(
	cluster: NewCluster,
	options: Parameters<typeof openNewClusterScreen>[1],
	watch: (conninfo: string) => void,
): Promise<void> {
	const shown = openNewClusterScreen(cluster, options, watch);
	program.screen = shown;
	// Without a terminal the work goes on to its end; running it again shows what has become of it.
	program.onTerminalGone = shown.abandon;
	process.stdin.once("end", program.onTerminalGone);
	const hangUp = (): void => {
		setTimeout(shown.abandon, HANG_UP_MS);
		shown.close();
	};
	const terminate = (): void => {
		cluster.stop();
		hangUp();
	};
	process.on("SIGHUP", hangUp);
	process.once("SIGTERM", terminate);
	await shown.closed;
	program.screen = null;
	await cluster.settled();
	cluster.close();
	process.stdin.off("end", shown.abandon);
	process.off("SIGHUP", hangUp);
	process.off("SIGTERM", terminate);
}

/** Null: it is not there; one that can't be read is empty here, and says so when it is used. */
function readIfThere(file: string): string | null {
	try {
		return existsSync(file) ? readFileSync(file, "utf8") : null;
	} catch {
		return "";
	}
}

const NOT_DONE =
	"The cluster is not done yet.\nHINT:  Run the same command again: it goes on with what is not done yet.";

/** Says on the terminal, which is the shell's again, what there is now. @returns the exit code. */
function ended({ store, file }: NewCluster): number {
	const { work, hasBegun } = store.getState();
	switch (work.state) {
		case "ended": {
			textOutput.out(work.report);
			if (work.watchLine !== null) textOutput.out(`Watch it:  ${work.watchLine}`);
			return work.proofs.every(({ isOk }) => isOk) ? OPERATION_EXIT.done : OPERATION_EXIT.failed;
		}
		case "running":
		case "proving":
		case "stopped":
			output.err(NOT_DONE);
			return work.state === "stopped" && work.outcome === "failed"
				? OPERATION_EXIT.failed
				: OPERATION_EXIT.interrupted;
		default:
			if (hasBegun) {
				output.err(NOT_DONE);
				return OPERATION_EXIT.interrupted;
			}
			if (existsSync(file))
				textOutput.out(
					`No host was changed. The inventory is in ${file}: "repmgr-console bootstrap" goes on with it.`,
				);
			return OPERATION_EXIT.done;
	}
}
