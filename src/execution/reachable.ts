import type { Fault, Outcome } from "../model/fault.ts";
import { runScript } from "./host.ts";
import { type Patience, retried } from "./remote-run.ts";
import type { RunContext } from "./run-context.ts";

const NOTHING_ANSWERS: Fault = {
	kind: "unreachable",
	message: "no server and no host of the cluster answers",
};

/**
 * Waits until anything of the cluster answers, a server or a host. Who is cut off from all of it knows nothing of it, and can
 * undo nothing. False: it did not come to that.
 */
export async function waitUntilReachable(
	{ hosts, watch }: Pick<RunContext, "hosts" | "watch">,
	patience: Patience,
): Promise<boolean> {
	const look = async (): Promise<Outcome<true>> => {
		if (watch.snapshot().nodes.some(({ observed }) => observed.reachable)) return { value: true };
		const answers = await Promise.all(hosts.map((host) => runScript(host, ":", [])));
		return answers.some(({ fault }) => fault === undefined) ? { value: true } : { fault: NOTHING_ANSWERS };
	};
	return (await retried(patience, look)).fault === undefined;
}
