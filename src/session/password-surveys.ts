import type { Host } from "../execution/host.ts";
import type { Outcome } from "../model/fault.ts";
import type { PasswordSurvey } from "../model/password-survey.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { APPLICATION_NAME, conninfoOf, loginsTo } from "../operation/change/logins.ts";
import { readPasswords } from "../probe/passwords/reader.ts";

/** Of sessions that need no new password from anybody: repmgr and repmgrd read the password file, too. */
const OWN_NAMES = [APPLICATION_NAME, "repmgr", "repmgrd"];

/** What each host logs in with as repmgr's role, all at once. */
export async function passwordSurveys(
	snapshot: ClusterSnapshot,
	hostOf: (nodeId: number) => Host | null,
): Promise<ReadonlyMap<number, Outcome<PasswordSurvey>>> {
	const names = [...snapshot.nodes.map(({ nodeName }) => nodeName), ...OWN_NAMES];
	const logins = loginsTo(snapshot).map(({ node, way, conninfo }) => ({
		...{ way, conninfo, toNodeId: node.nodeId },
	}));
	const read = await Promise.all(
		snapshot.nodes.map(async (node): Promise<readonly [number, Outcome<PasswordSurvey>]> => {
			const host = hostOf(node.nodeId);
			if (host === null) {
				const message = `the console uses no SSH for "${node.nodeName}"`;
				return [node.nodeId, { fault: { kind: "command", message } }];
			}
			return [node.nodeId, await readPasswords(host, conninfoOf(node, "sql"), names, logins)];
		}),
	);
	return new Map(read);
}
