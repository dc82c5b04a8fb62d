import type { Outcome } from "../../model/fault.ts";
import type { HostTimelines, NodeTimelines, ServerTimelines } from "../../model/timelines.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { Query } from "../../transport/ports.ts";
import { factsAnswer, firstRow, timelinesAnswer } from "../answers.ts";
import { ConnectionLimiter } from "../connection-limiter.ts";
import { lookAtHost, wholeOutput } from "../host/loop.ts";
import { FACTS } from "../server/sql.ts";
import type { SetupContext, SetupTarget } from "../setup/reader.ts";
import { LOOKING_AT_ONCE } from "../timing.ts";
import { parseHostTimelines, parseTimelinesAnswer } from "./parse.ts";
import { TIMELINES_SCRIPT } from "./script.ts";
import { timelinesStatement } from "./sql.ts";

/** For a connection, and for each of two statements, ms. */
const SERVER_DEADLINE_MS = 4000;

/** For one read of a host, ms. */
const HOST_DEADLINE_MS = 20_000;

/** Reads what all nodes know about timelines, at once, by SQL and over SSH. Never throws; calls `onRead` after each node. */
export async function readTimelines(
	targets: readonly SetupTarget[],
	context: SetupContext,
	onRead: () => void,
): Promise<readonly NodeTimelines[]> {
	const limiter = new ConnectionLimiter(LOOKING_AT_ONCE);
	return await Promise.all(
		targets.map(async (target): Promise<NodeTimelines> => {
			const leave = await limiter.enter(false);
			const [server, host] = await Promise.all([
				askServer(target, context.query),
				lookAt(target, context.sshOff),
			]);
			leave();
			onRead();
			return { nodeId: target.registration.nodeId, server, host };
		}),
	);
}

async function askServer({ parameters }: SetupTarget, query: Query): Promise<Outcome<ServerTimelines>> {
	if (parameters.fault !== undefined) return sanitise(parameters);
	const connected = await query.connect(parameters.value, SERVER_DEADLINE_MS);
	if (connected.fault !== undefined) return sanitise(connected);
	const session = connected.value;
	try {
		const asked = await session.query(FACTS, [], SERVER_DEADLINE_MS);
		const facts = asked.fault === undefined ? firstRow(factsAnswer, asked.value) : asked;
		if (facts.fault !== undefined) return sanitise(facts);
		const rows = await session.query(timelinesStatement(facts.value), [], SERVER_DEADLINE_MS);
		const answer = rows.fault === undefined ? firstRow(timelinesAnswer, rows.value) : rows;
		if (answer.fault !== undefined) return sanitise(answer);
		return { value: parseTimelinesAnswer(sanitise(answer.value.timelines)) };
	} finally {
		session.close();
	}
}

async function lookAt({ host }: SetupTarget, sshOff: string | null): Promise<Outcome<HostTimelines>> {
	if (host === null)
		return { fault: { kind: "command", message: sshOff ?? "the console uses no SSH for this node" } };
	const { shell, user, configFile } = host;
	const [look, printed] = await Promise.all([
		lookAtHost(host, HOST_DEADLINE_MS),
		wholeOutput(shell, TIMELINES_SCRIPT, [configFile], { user, deadlineMs: HOST_DEADLINE_MS }),
	]);
	if (look.fault !== undefined) return look;
	if (printed.fault !== undefined) return printed;
	return { value: parseHostTimelines(printed.value, look.value) };
}
