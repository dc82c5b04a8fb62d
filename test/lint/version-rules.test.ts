import { expect, test } from "vitest";
import { inShort, lintOf } from "../support/setups.ts";

const slots = (...names: readonly string[]) =>
	names.map((name) => ({ name, isActive: !name.endsWith("gone") }));

// PostgreSQL 17, manual 19.6.2: logical walsenders wait for every slot that is named there.
test("a slot in synchronized_standby_slots that no standby uses stops the subscribers", () => {
	const of = (setting: string, logicalSlots: readonly string[] = ["sub_a"]) =>
		lintOf({
			1: {
				server: {
					version: 170_012,
					logicalSlots,
					physicalSlots: slots("repmgr_slot_2", "repmgr_slot_3_gone"),
				},
				settings: { synchronized_standby_slots: setting },
			},
			2: { server: { syncedSlots: ["sub_a"] } },
			3: { server: { syncedSlots: ["sub_a"] } },
		});
	expect(inShort(of("repmgr_slot_2"))).toEqual([]);
	expect(inShort(of(""))).toEqual([]);
	expect(inShort(of("repmgr_slot_3_gone", []))).toEqual([]);
	const [idle] = of('repmgr_slot_2, "repmgr_slot_3_gone",absent');
	expect(idle).toMatchObject({ code: "SYNCHRONIZED_STANDBY_SLOT_IDLE", severity: "error", nodeId: 1 });
	expect(idle?.message).toMatch(
		/waits for the slots "repmgr_slot_3_gone" and "absent", which no standby uses$/,
	);
	expect(idle?.change[0]?.text).toMatch(/synchronized_standby_slots\W+repmgr_slot_2\W*$/);
});

// Manual 47.2.3: slot synchronisation needs dbname in primary_conninfo.
test("a standby that names no database synchronises no slot, and repmgr is why", () => {
	const settings = { sync_replication_slots: "on", hot_standby_feedback: "on", primary_slot_name: "s" };
	const of = (followsWithDatabase: boolean | null) =>
		lintOf({
			1: { server: { logicalSlots: ["sub_a"] } },
			2: { server: { version: 170_012, followsWithDatabase }, settings },
			3: { server: { syncedSlots: ["sub_a"] } },
		})[0]?.why;
	expect(of(false)).toMatch(/There primary_conninfo has no dbname, and repmgr removes one at each follow/);
	expect(of(true)).toMatch(/Its settings allow it/);
	// Not readable: nothing is said of it.
	expect(of(null)).toMatch(/Its settings allow it/);
});

// Manual 19.13.2.
test("allow_alter_system = off keeps repmgrd from disconnecting a standby", () => {
	const settings = { allow_alter_system: "off" };
	const conf = { standby_disconnect_on_failover: "true" };
	const codes = (change: Parameters<typeof lintOf>[0]) =>
		lintOf(change).flatMap(({ code, nodeId }) => (code === "ALTER_SYSTEM_FORBIDDEN" ? [nodeId] : []));
	expect(codes({ 2: { settings, conf } })).toEqual([2]);
	expect(codes({ 2: { settings } })).toEqual([]);
	expect(codes({ 2: { settings: { allow_alter_system: "on" }, conf } })).toEqual([]);
	// Before 17 there is no such setting.
	expect(codes({ 2: { settings: { allow_alter_system: undefined }, conf } })).toEqual([]);
});

// Release notes of PostgreSQL 18, "Migration".
test("the method md5 is a notice from PostgreSQL 18 on", () => {
	const rule = {
		place: { file: "/etc/postgresql/18/main/pg_hba.conf", line: 7 },
		type: "host",
		databases: ["all"],
		users: ["all"],
		address: "10.99.1.0/24",
		netmask: null,
		method: "md5",
	};
	const codes = (version: number) =>
		lintOf({ 1: { server: { version }, hba: [rule] } }).flatMap(({ code, severity }) =>
			code === "HBA_METHOD_DEPRECATED" ? [severity] : [],
		);
	expect(codes(180_001)).toEqual(["notice"]);
	expect(codes(170_012)).toEqual([]);
});

// Release notes of repmgr 5.3.0 and 5.4.0.
test("a parameter of a later repmgr is a warning", () => {
	const of = (repmgrVersion: string | null, name: string) =>
		inShort(lintOf({ 2: { server: { repmgrVersion }, conf: { [name]: "true" } } })).filter((one) =>
			/NEWER/.test(one),
		);
	expect(of("5.2", "repmgrd_exit_on_inactive_node")).toHaveLength(1);
	expect(of("5.3", "repmgrd_exit_on_inactive_node")).toEqual([]);
	expect(of("5.3", "pg_backupapi_host")).toHaveLength(1);
	expect(of("5.10", "pg_backupapi_host")).toEqual([]);
	expect(of("6.0", "pg_backupapi_host")).toEqual([]);
	expect(of(null, "pg_backupapi_host")).toEqual([]);
});
