import { describe, expect, test } from "vitest";
import type { HostSurvey } from "../../../src/model/survey.ts";
import type { UnregisteredHost } from "../../../src/operation/plan/facts.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf } from "../../support/facts.ts";
import { hostReading, primaryReading, sender } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

const SYSTEM = primaryReading().systemIdentifier;

/** A standby on 10.0.0.9 streams from node1, and has no row. */
const STRANGER: Changes = {
	1: { server: { walSenders: [sender(90, { applicationName: "node9", clientAddress: "10.0.0.9" })] } },
};

const control = (systemIdentifier: string | null) => ({
	state: "in archive recovery",
	timeline: 1,
	checkpointLsn: "0/5000000",
	systemIdentifier,
});

function unregisteredHostOf(
	changes: Partial<HostSurvey> = {},
	conf: Record<string, string> = { node_name: "node9" },
): UnregisteredHost {
	const usual = factsOf().survey.nodes.get(1)?.host.value as HostSurvey;
	const look = hostReading({ repmgrConf: conf, controlData: control(SYSTEM) });
	return {
		host: "10.0.0.9",
		configFile: "/etc/repmgr.conf",
		user: "postgres",
		survey: { value: { ...usual, configuredNodeId: 9, look, ...changes } },
	};
}

const ask = (unregisteredHost: UnregisteredHost, changes: Changes = STRANGER) =>
	request(
		{ kind: "register-host", host: unregisteredHost.host, configFile: unregisteredHost.configFile },
		{ ...factsOf({}, changes), unregisteredHost },
	);

test("a standby without a row is registered on its own host, under the node that it streams from", () => {
	const { plan } = ask(unregisteredHostOf());
	const words = ["repmgr", "-f", "/etc/repmgr.conf", "standby", "register", "--upstream-node-id=1"];
	expect(plan?.steps.map(({ command }) => [command.nodeId, ...command.argv])).toEqual([
		[9, ...words, "--dry-run"],
		[9, ...words],
	]);
	expect(plan?.steps[1]?.expects).toEqual([
		{ kind: "registered", nodeId: 9, as: "standby", upstreamNodeId: 1 },
	]);
	expect(plan?.nodes.at(-1)).toEqual({ nodeId: 9, nodeName: "node9" });
});

describe("is refused", () => {
	test.each<[string, Parameters<typeof ask>, RegExp, RegExp]>([
		[
			"if its host can't be read",
			[{ ...unregisteredHostOf(), survey: { fault: { kind: "refused", message: "connection refused" } } }],
			/can't be read/,
			/SSH/,
		],
		[
			"without repmgr.conf",
			[unregisteredHostOf({ configuredNodeId: null })],
			/no repmgr.conf/,
			/--config-file/,
		],
		[
			"with the id of another node",
			[unregisteredHostOf({ configuredNodeId: 3 })],
			/"node3" is registered as node 3/,
			/register node3/,
		],
		[
			"with the name of another node",
			[unregisteredHostOf({}, { node_name: "node2" })],
			/"node2" is registered/,
			/its own node_id/,
		],
		["if it does not stream", [unregisteredHostOf(), {}], /not seen to stream/, /primary_conninfo/],
		[
			"of another cluster",
			[
				unregisteredHostOf({
					look: hostReading({ repmgrConf: { node_name: "node9" }, controlData: control("1") }),
				}),
			],
			/of this cluster/,
			/clone/,
		],
		["without repmgr", [unregisteredHostOf({ repmgr: null })], /commands can be run/, /Install/],
		[
			"without a primary",
			[unregisteredHostOf(), { 1: { fault: { kind: "refused" } } }],
			/no primary/,
			/status/,
		],
	])("%s", (_, asked, message, hint) => {
		const { refusal } = ask(...asked);
		expect(refusal?.message).toMatch(message);
		expect(refusal?.hint).toMatch(hint);
	});
});
