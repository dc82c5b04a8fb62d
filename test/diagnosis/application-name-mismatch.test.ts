import { expect, test } from "vitest";
import { applicationNameMismatch } from "../../src/diagnosis/rules/application-name-mismatch.ts";
import type { WalSender } from "../../src/model/server-reading.ts";
import { receiver, sender } from "../support/records.ts";
import { inShort, judge, worldOf } from "../support/worlds.ts";

const other = sender(63, { applicationName: "node3", clientAddress: "10.99.1.13" });
const named = (applicationName: string | null, changes: Partial<WalSender> = {}) => ({
	walSenders: [sender(62, { applicationName, clientAddress: "10.99.1.12", ...changes }), other],
});

test.each([
	["found by its slot", worldOf({ 1: { server: named("walreceiver", { clientAddress: null }) } })],
	[
		"found by its address",
		worldOf(
			{ 1: { server: { ...named("walreceiver"), slots: [] } }, 2: { server: { walReceiver: receiver() } } },
			{ ssh: false },
		),
	],
	["an empty name", worldOf({ 1: { server: named("") } })],
])("fires: %s", (_, world) => {
	const findings = judge(applicationNameMismatch, world);
	expect(inShort(findings)).toEqual(["warning APPLICATION_NAME_MISMATCH 2"]);
	expect(findings[0]?.remedy).toMatchObject({
		nodeId: 2,
		argv: ["repmgr", "-f", "/etc/repmgr.conf", "standby", "follow", "--upstream-node-id=1"],
	});
	expect(findings[0]?.evidence.map(({ nodeId }) => nodeId)).toEqual([1, 2]);
});

test.each([
	["well", worldOf()],
	[
		"its walsender can't be told",
		worldOf({ 1: { server: { ...named("walreceiver", { clientAddress: null }), slots: [] } } }),
	],
	["it is detached", worldOf({ 1: { server: named("walreceiver") }, 2: { server: { walReceiver: null } } })],
	["unknown: names may not be seen", worldOf({ 1: { server: named(null) } })],
	["unknown: its upstream does not answer", worldOf({ 1: { server: named("walreceiver"), fault: {} } })],
	["unknown: it does not answer", worldOf({ 1: { server: named("walreceiver") }, 2: { fault: {} } })],
])("does not fire: %s", (_, world) => {
	expect(judge(applicationNameMismatch, world)).toEqual([]);
});
