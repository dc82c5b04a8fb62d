import type { Outcome } from "../../model/fault.ts";
import type { HostSurvey, NodeSurvey, ServerSurvey, Survey } from "../../model/survey.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionParameters, Query } from "../../transport/ports.ts";
import { firstRow, surveyAnswer } from "../answers.ts";
import { type HostTarget, lookAtHost, wholeOutput } from "../host/loop.ts";
import type { SetupTarget } from "../setup/reader.ts";
import { parseHostSurvey } from "./parse.ts";
import { SURVEY_SCRIPT } from "./script.ts";
import { SURVEY } from "./sql.ts";

/** For SQL and for SSH each. A silent host is given up at its login; one that answers may be slow: sudo, repmgr. */
const SERVER_DEADLINE_MS = 4000;
const HOST_DEADLINE_MS = 30_000;

/**
 * Reads on all nodes at once what matters only before an operation; each has its own deadline.
 *
 * @param upstreamNodeId the node that all others will replicate from; null: no upstream changes.
 * @param asksToMask whether sudo is asked if the servers' units may be masked.
 */
export async function survey(
	targets: readonly SetupTarget[],
	query: Query,
	systemIdentifier: string,
	upstreamNodeId: number | null,
	asksToMask = false,
): Promise<Survey> {
	const nodes = await Promise.all(
		targets.map(async ({ registration: { nodeId }, parameters, host }): Promise<NodeSurvey> => {
			const ways = [
				surveyServer(parameters, query),
				surveyHost(host, systemIdentifier, upstreamNodeId, asksToMask),
			] as const;
			const [server, seen] = await Promise.all(ways);
			return { nodeId, server, host: seen };
		}),
	);
	return { at: Date.now(), nodes: new Map(nodes.map((node) => [node.nodeId, node])) };
}

async function surveyServer(
	parameters: Outcome<ConnectionParameters>,
	query: Query,
): Promise<Outcome<ServerSurvey>> {
	if (parameters.fault !== undefined) return parameters;
	const connected = await query.connect(parameters.value, SERVER_DEADLINE_MS);
	if (connected.fault !== undefined) return sanitise(connected);
	const session = connected.value;
	const answer = await session.query(SURVEY, [], SERVER_DEADLINE_MS);
	session.close();
	const read = answer.fault === undefined ? firstRow(surveyAnswer, answer.value) : answer;
	return sanitise(read.fault === undefined ? { value: read.value.survey } : read);
}

/** Surveys one host. */
export async function surveyHost(
	target: HostTarget | null,
	systemIdentifier: string,
	upstreamNodeId: number | null = null,
	asksToMask = false,
): Promise<Outcome<HostSurvey>> {
	if (target === null) {
		return { fault: { kind: "command", message: "the console uses no SSH for this node" } };
	}
	const words = [target.configFile, systemIdentifier, String(upstreamNodeId ?? ""), asksToMask ? "mask" : ""];
	const [look, survey] = await Promise.all([
		lookAtHost(target, HOST_DEADLINE_MS),
		wholeOutput(target.shell, SURVEY_SCRIPT, words, { user: target.user, deadlineMs: HOST_DEADLINE_MS }),
	]);
	if (look.fault !== undefined) return look;
	if (survey.fault !== undefined) return survey;
	return { value: parseHostSurvey(survey.value, look.value, upstreamNodeId) };
}
