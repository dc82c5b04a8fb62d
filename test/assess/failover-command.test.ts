import { describe, expect, test } from "vitest";
import { checkFailoverCommand } from "../../src/assess/failover-command.ts";
import { DONE_MS } from "../support/patience.ts";

describe("what repmgrd's command for a failover can do", () => {
	test.each([
		"repmgr standby follow -f /etc/repmgr.conf --log-to-file --upstream-node-id=%n",
		"/usr/bin/repmgr -f /etc/repmgr.conf standby follow",
		"/usr/bin/repmgr STANDBY -f '/etc/my repmgr.conf' FOLLOW",
		"sudo -u postgres /usr/bin/repmgr standby follow",
		'PATH=/usr/bin:/bin repmgr standby "follow" >> /var/log/follow.log 2>&1',
		"bash -lc 'repmgr -f /etc/repmgr.conf standby follow --upstream-node-id=%n'",
		"repmgr cluster show; repmgr standby follow",
		"repmgr standby follow --dry-run && repmgr standby follow",
		"/usr/local/bin/follow.sh %n",
		"repmgr $ACTION",
		"repmgr `cat /etc/action`",
		"repmgr standby 'follow",
	])("finds no problem in %s", (command) => {
		expect(checkFailoverCommand("follow_command", command).trouble).toBeNull();
	});

	test.each([
		["repmgr -f /etc/repmgr.conf stamdby follow", 'does not run "repmgr standby follow"'],
		["repmgr standby folow", 'does not run "repmgr standby follow"'],
		["repmgr standby promote", 'does not run "repmgr standby follow"'],
		["repmgr node rejoin # standby follow", 'does not run "repmgr standby follow"'],
		["sh -c 'repmgr stamdby follow'", 'does not run "repmgr standby follow"'],
		["repmgr standby; follow", 'does not run "repmgr standby follow"'],
		["repmgr standby > follow", 'does not run "repmgr standby follow"'],
		["repmgr standby follow --dry-run", "has --dry-run: it changes nothing"],
		["/bin/true", "does nothing"],
		["", "does nothing"],
	])("finds that %s can't make a standby follow", (command, trouble) => {
		expect(checkFailoverCommand("follow_command", command).trouble).toBe(trouble);
	});

	test("a command that follows does not promote", () => {
		expect(checkFailoverCommand("promote_command", "repmgr standby promote").trouble).toBeNull();
		expect(checkFailoverCommand("promote_command", "repmgr standby follow").trouble).toBe(
			'does not run "repmgr standby promote"',
		);
	});

	test.each([
		["/usr/bin/repmgr standby promote", ["/usr/bin/repmgr"]],
		["LANG=C sudo -u postgres /opt/repmgr standby promote", ["sudo", "/opt/repmgr"]],
		["'/opt/my scripts/promote.sh' now && logger done", ["/opt/my scripts/promote.sh", "logger"]],
	])("%s starts these programs", (command, programs) => {
		expect(checkFailoverCommand("promote_command", command).programs).toEqual(programs);
	});

	test("reads a long line of quotes and operators quickly", () => {
		const started = performance.now();
		checkFailoverCommand("promote_command", `${"'a' \"b\\\" ".repeat(3000)}${">".repeat(30_000)}'`);
		expect(performance.now() - started).toBeLessThan(DONE_MS);
	});
});
