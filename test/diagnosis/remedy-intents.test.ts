import { expect, test } from "vitest";
import {
	followDryRun,
	promotionDryRun,
	registerAgain,
	rejoinDryRun,
	startRepmgrd,
	startServer,
} from "../../src/diagnosis/remedies.ts";
import { repmgrdPaused } from "../../src/diagnosis/rules/repmgrd-paused.ts";
import { repmgrd } from "../support/records.ts";
import { judge, worldOf } from "../support/worlds.ts";

type Changes = Parameters<typeof worldOf>[0];

function nodeOf(nodeId: number, changes: Changes = {}) {
	const node = worldOf(changes).snapshot.nodes.find((one) => one.nodeId === nodeId);
	if (node === undefined) throw new Error(`no node ${nodeId}`);
	return node;
}

test("a remedy names the operation of this console that does the same", () => {
	expect(startServer(nodeOf(2)).intent).toEqual({ kind: "start", nodeId: 2 });
	expect(followDryRun(nodeOf(3), nodeOf(1)).intent).toEqual({ kind: "follow", nodeId: 3, upstreamNodeId: 1 });
	expect(promotionDryRun(nodeOf(2)).intent).toEqual({
		kind: "promote",
		nodeId: 2,
		siblingsFollow: true,
		acceptLesser: false,
	});
	expect(rejoinDryRun(nodeOf(3), nodeOf(1))?.intent).toMatchObject({
		kind: "rejoin",
		nodeId: 3,
		stopFirst: true,
	});
	for (const nodeId of [1, 3, 4]) {
		expect(registerAgain(nodeOf(nodeId), nodeOf(1))?.intent).toEqual({ kind: "register", nodeId });
	}
	const paused = worldOf({ 3: { server: { repmgrd: repmgrd({ paused: true }) } } });
	expect(judge(repmgrdPaused, paused)[0]?.remedy?.intent).toMatchObject({ kind: "unpause" });
});

test("a server and its repmgrd are started by the units that they ran by, whatever these are called", () => {
	const units = { serverUnit: "edb-as-15.service", repmgrdUnit: "failover.service" };
	const node = nodeOf(2, { 2: { host: { ...units, postmaster: false, repmgrd: false } } });
	expect(startServer(node).argv).toEqual(["sudo", "systemctl", "start", "edb-as-15.service"]);
	expect(startRepmgrd(node)?.argv).toEqual(["sudo", "systemctl", "restart", "failover.service"]);
});

test("repmgrd-start is offered only for a repmgrd that does not run and with a command in repmgr.conf", () => {
	const command = { repmgrConf: { repmgrd_service_start_command: "sudo systemctl start repmgrd" } };
	const dead = { server: { repmgrd: repmgrd({ running: false, pid: null }) } };
	const intentOf = (changes: Changes) => startRepmgrd(nodeOf(2, changes))?.intent;
	expect(intentOf({ 2: { ...dead, host: { ...command, repmgrd: false } } })).toEqual({
		kind: "repmgrd-start",
		nodeId: 2,
	});
	expect(intentOf({ 2: { host: command } })).toBeUndefined();
	expect(intentOf({ 2: { ...dead, host: { repmgrd: false, repmgrConf: {} } } })).toBeUndefined();
});
