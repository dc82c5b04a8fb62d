import { existsSync } from "node:fs";
import type { Invocation } from "../command/arguments.ts";
import { bootstrapCommand } from "../command/bootstrap.ts";
import { loginOf } from "../command/bootstrap-arguments.ts";
import { composeBootstrap, watchNewCluster } from "./compose-bootstrap.ts";
import { sudoPasswordOf } from "./sudo-password.ts";
import {
	capabilities,
	client,
	outliveTerminal,
	output,
	refused,
	terminalInteraction,
	textOutput,
} from "./this-process.ts";

/** Makes a cluster; the hosts need not have a server yet. */
export async function runBootstrap(
	invocation: Extract<Invocation, { command: "bootstrap" }>,
): Promise<number> {
	const { options, ssh, inventory, isInventoryNamed } = invocation;
	const asks = !isInventoryNamed || !existsSync(inventory);
	if (invocation.wantsScreen && asks && capabilities.noScreen === null) {
		return (await import("./show-new-cluster.ts")).showNewCluster(invocation);
	}
	const sudo = await sudoPasswordOf(ssh, terminalInteraction);
	if (sudo.problems !== undefined) return refused(sudo.problems);
	const composed = composeBootstrap(invocation, client, sudo.value);
	if (composed.problems !== undefined) return refused(composed.problems);
	outliveTerminal();
	const to = options.json || options.runbook ? output : textOutput;
	try {
		return await bootstrapCommand(composed.value, options, to, terminalInteraction(), (dbname) =>
			watchNewCluster(dbname, loginOf(composed.value.inventory, ssh), sudo.value),
		);
	} finally {
		composed.value.close();
	}
}
