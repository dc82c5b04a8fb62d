import { describe, expect, test } from "vitest";
import { lint } from "../../../src/lint/index.ts";
import type { UiContext } from "../../../src/ui/context.ts";
import { runCommand } from "../../../src/ui/prompt/commands.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { NOW } from "../../support/records.ts";
import { type SetupChanges, setupOf } from "../../support/setups.ts";
import { bodyLines, click, draw, press, SIZES, uiContext } from "../../support/ui-context.tsx";

const BROKEN: SetupChanges = {
	1: { settings: { archive_command: "/bin/true", max_slot_wal_keep_size: "-1" } },
	2: {
		conf: {
			promote_command: "/usr/bin/repmgr standby promote -f /etc/repmgr.conf --siblings-follow --log-to-file",
			failover: undefined,
		},
	},
	3: { unread: ["hba"] },
};

/** The console whose configuration check finds this once it is done. */
function given(changes: SetupChanges = BROKEN, size = { columns: 80, rows: 24 }) {
	const { context, store, copied } = uiContext(size);
	const report = lint(setupOf(changes));
	const checks: number[] = [];
	const finish = (): void => store.receiveSetupCheck({ report, progress: null });
	const session = {
		...context.session,
		checkSetup: () => {
			checks.push(checks.length + 1);
			store.receiveSetupCheck({ progress: { read: 1, of: 4 } });
			return Promise.resolve(report);
		},
	};
	const now = (ui: UiContext["ui"]): UiContext => ({ ...context, session, ui, data: store.getState() });
	return { open: () => now(press({ ...context, session }, "c").ui), finish, now, copied, checks, store };
}

/** Opened, and the check done. */
function checked(changes: SetupChanges = BROKEN, size = { columns: 80, rows: 24 }) {
	const console = given(changes, size);
	const opened = console.open();
	console.finish();
	return { ...console, context: console.now(opened.ui) };
}

const list = (context: UiContext) => bodyLines(context, draw(context));
const one = (context: UiContext) => bodyLines(context, draw(context));

test("checks by c, with progress, and shows the results", () => {
	const { open, finish, now, checks } = given();
	const opened = open();
	expect(checks).toEqual([1]);
	const during = list(opened);
	expect(during[0]).toMatch(/^─ CONFIGURATION ─+ reading, 1 of 4 nodes done ─$/);
	expect(during[1]).toBe("  reading the configuration of all nodes");
	finish();
	const lines = list(now(opened.ui));
	expect(lines[0]).toMatch(/^─ CONFIGURATION ─+ 5, checked now ─$/);
	expect(lines[1]).toMatch(/^▸ !! promote_command of "node2" has .* {2}PROMOTE_COMMAND_SIBLINGS_FOLLOW$/);
	expect(lines.slice(2, 6).map((line) => line.slice(2, 4).trim())).toEqual(["!", "!", "?", "·"]);
});

test("checks again by c, but only one check at a time", () => {
	const { context, checks, now } = checked();
	const again = press(context, "c");
	expect(checks).toEqual([1, 2]);
	const message = press(now(again.ui), "c").ui.message;
	expect(checks).toEqual([1, 2]);
	expect(message).toMatchObject({ text: "check again: a check is running", isProblem: true });
	// Earlier results stay visible.
	expect(list(now(again.ui))[0]).toMatch(/5, reading, 1 of 4 nodes done/);
});

describe.each(SIZES)("at $columns×$rows", (size) => {
	test("shows the selected result in full: what, where, why, the change, the link", () => {
		const { context } = checked(BROKEN, size);
		const lines = list(context);
		expect(lines).toContain(" ERROR  PROMOTE_COMMAND_SIBLINGS_FOLLOW  node2:/etc/repmgr.conf:9");
		for (const part of ["CHANGE", "line 9 of /etc/repmgr.conf on node2:"])
			expect(lines.join("\n")).toContain(part);
		for (const line of lines) expect([...line].length).toBeLessThanOrEqual(size.columns);
	});
});

test("opens a result by Enter, and goes back by Esc", () => {
	const { context } = checked();
	const alone = press(context, "j", "enter");
	expect(currentScreen(alone.ui).screen).toBe("lintResult");
	const text = one(alone).join("\n");
	expect(text).toContain(" WARNING  FAILOVER_MANUAL  node2:/etc/repmgr.conf");
	expect(text).toContain("https://www.repmgr.org/docs/current/repmgrd-basic-configuration.html");
	expect(list(press(alone, "esc"))[2]).toMatch(/^▸ ! {2}failover is not set on "node2", .*FAILOVER_MANUAL$/);
});

test("names the checks that need what could not be read", () => {
	const { context } = checked({ 3: { unread: ["hba"] } });
	const text = one(press(context, "enter")).join("\n");
	expect(text).toContain(" UNKNOWN  NOT_READ  node3:pg_hba.conf");
	expect(text).toMatch(/NOT CHECKED\n {3}HBA_INVALID, HBA_TRUST_FROM_ANYWHERE/);
});

test("copies all steps of the exact change by y", () => {
	const { context, copied } = checked();
	const after = press(context, "y");
	expect(copied).toEqual([
		"promote_command='/usr/bin/repmgr standby promote -f /etc/repmgr.conf --log-to-file'\npkill -HUP -x repmgrd",
	]);
	expect(after.ui.message?.text).toMatch(/^copied: promote_command='.*' and 1 more$/);
	press(press(context, "j", "enter"), "y");
	expect(copied[1]).toBe("failover='automatic'\npkill -HUP -x repmgrd");
});

test("shows only errors and warnings by !, only matches by a filter", () => {
	const { context } = checked();
	const wrong = press(context, "!");
	expect(list(wrong)[0]).toContain("3 of 5, errors only, checked");
	expect(list(wrong).join("\n")).not.toContain("NOT_READ");
	const filtered = press(context, "/", ..."node1", "enter");
	expect(list(filtered)[0]).toContain("2 of 5, filter node1, checked");
	const none = press(context, "/", ..."nowhere", "enter");
	expect(list(none)[1]).toBe("  nothing matches; esc clears the filter");
});

test("keeps the selected result when rows move", () => {
	const { context, store, now } = checked();
	const selected = press(context, "j");
	store.receiveSetupCheck({ report: lint(setupOf({ 2: { conf: { failover: undefined } } })) });
	expect(list(now(selected.ui))[1]).toMatch(/^▸ ! {2}failover is not set on "node2", .*FAILOVER_MANUAL$/);
	// A result that the latest check no longer finds is reported as such.
	const alone = press(checked().context, "enter");
	expect(one({ ...alone, data: store.getState() })[1]).toBe("  the latest check no longer finds this");
});

test("says that there are no problems", () => {
	const { context } = checked({});
	expect(list(context)[1]).toBe("  no problems found");
	expect(press(context, "enter").ui.message?.text).toBe("read: there is no result");
	expect(press(context, "y").ui.message?.text).toBe("copy change: there is no result");
});

test("shows the age of the check", () => {
	const { context, store, now } = checked();
	store.tick(NOW + 90_000);
	expect(list(now(context.ui))[0]).toContain("checked 90 s ago");
});

test("selects by click, opens by a second one", () => {
	const { context } = checked();
	// Header 2, rule 1.
	expect(click(context, 2)).toMatchObject({ event: "change", screen: { screen: "lint" } });
	expect(click(context, 1)).toBe("open");
	expect(click(context, 18)).toBeNull();
});

test("is opened by :lint, too", () => {
	const { open, checks } = given();
	const context = open();
	const reaction = runCommand(context, "lint");
	expect(reaction).toMatchObject({ event: "open", screen: { screen: "lint" } });
	expect(checks).toEqual([1, 2]);
});
