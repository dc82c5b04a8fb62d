import { expect, test } from "vitest";
import { consoleEntry, isTrouble, repmgrEntry } from "../../src/model/log-entry.ts";

function recorded(event: string, successful: boolean) {
	return repmgrEntry({ nodeId: 1, event, successful, timestamp: "2026-11-23T04:41:12.000000Z", details: "" });
}

test.each([
	["standby_promote", false, true],
	["standby_promote", true, false],
	["repmgrd_start", true, false],
	["repmgrd_shutdown", true, false],
	// repmgr says only that it recorded these.
	["standby_failure", true, true],
	["repmgrd_upstream_disconnect", true, true],
	["repmgrd_promote_error", true, true],
	["child_node_disconnect", true, true],
	["child_node_reconnect", true, false],
])("%s, successful = %s: trouble %s", (event, successful, expected) => {
	expect(isTrouble(recorded(event, successful))).toBe(expected);
});

test("what the console saw is trouble where it says so itself", () => {
	expect(isTrouble(consoleEntry(0, 1, "status", false, "streaming → detached"))).toBe(true);
	expect(isTrouble(consoleEntry(0, 1, "status", true, "detached → streaming"))).toBe(false);
	expect(isTrouble(consoleEntry(0, 1, "standby_failure", null, ""))).toBe(false);
});
