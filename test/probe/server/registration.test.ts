import { expect, test } from "vitest";
import { parseRegistration } from "../../../src/probe/server/registration.ts";
import { recordedServer } from "../../support/fixtures.ts";

const rows = recordedServer("primary").answer.nodes?.rows ?? [];
const [, standby] = rows;
if (standby === undefined) throw new Error("the fixture has no standby");

test("recorded rows", () => {
	expect(rows.map(parseRegistration)).toMatchObject([
		{ nodeId: 1, type: "primary", upstreamNodeId: null, priority: 100 },
		{ nodeId: 2, type: "standby", upstreamNodeId: 1, slotName: "repmgr_slot_2" },
		{ nodeId: 3, type: "standby", upstreamNodeId: 1, priority: 90 },
		{ nodeId: 4, type: "witness", upstreamNodeId: 1, priority: 0 },
	]);
	expect(parseRegistration(standby)).toEqual({
		nodeId: 2,
		nodeName: "node2",
		type: "standby",
		active: true,
		upstreamNodeId: 1,
		location: "default",
		priority: 100,
		slotName: "repmgr_slot_2",
		conninfo: "host=node2 user=repmgr dbname=repmgr connect_timeout=2",
		host: "node2",
		port: 5432,
		user: "repmgr",
		database: "repmgr",
		configFile: "/etc/repmgr.conf",
	});
});

test("repmgr's old type bdr is shown as a standby, not as something unheard of", () => {
	expect(parseRegistration({ ...standby, type: "bdr" }).type).toBe("standby");
});

test("a password never gets into the record", () => {
	const row = { ...standby, conninfo: "host=node2 password='top secret' user=repmgr" };
	const record = parseRegistration(row);
	expect(JSON.stringify(record)).not.toContain("secret");
	expect(record.conninfo).toContain("user=repmgr");
});

test("hostile names, locations and hosts are sanitised", () => {
	const evil = "\u001B]0;owned\u0007";
	const row = {
		...standby,
		node_name: evil,
		location: evil,
		slot_name: evil,
		config_file: evil,
		conninfo: `host=${evil}`,
	};
	expect(JSON.stringify(parseRegistration(row))).not.toMatch(/\\u001b|\\u0007/i);
});
