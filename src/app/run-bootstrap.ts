import type { Invocation } from "../command/arguments.ts";
import { bootstrapCommand } from "../command/bootstrap.ts";
import { openSession } from "../session/session.ts";
import { composeSession } from "./compose.ts";
import { composeBootstrap } from "./compose-bootstrap.ts";
import {
	client,
	outliveTerminal,
	output,
	refused,
	terminalInteraction,
	textOutput,
	warn,
} from "./this-process.ts";

/** Makes a cluster; the hosts need not have a server yet. */
export async function runBootstrap(
	invocation: Extract<Invocation, { command: "bootstrap" }>,
): Promise<number> {
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
