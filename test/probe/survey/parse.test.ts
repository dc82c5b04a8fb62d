import { describe, expect, test } from "vitest";
import { parseHostSurvey } from "../../../src/probe/survey/parse.ts";
import { hostReading } from "../../support/records.ts";

const parse = (...lines: string[]) => parseHostSurvey(lines.join("\n"), hostReading(), 2);

describe("sudo", () => {
	const listing = (rule: string) => [
		"sudo |User postgres may run the following commands on node1:",
		`sudo |    ${rule}`,
	];
	const allowed = "sudocheck service_stop_command allowed /usr/bin/systemctl stop postgresql@15-main";

	test("permits what needs no password", () => {
		expect(parse(allowed, ...listing("(root) NOPASSWD: /usr/bin/systemctl")).sudo).toEqual([
			{ parameter: "service_stop_command", isPermitted: true, why: "" },
		]);
	});

	test("is not permitted where sudo would ask for a password", () => {
		const rule = "(ALL) NOPASSWD: /usr/bin/systemctl start *, PASSWD: /usr/bin/systemctl stop *";
		expect(parse(allowed, ...listing(rule)).sudo).toEqual([
			{
				parameter: "service_stop_command",
				isPermitted: false,
				why: "sudo permits service_stop_command with a password only.",
			},
		]);
	});

	test("that wants a terminal is quoted", () => {
		const lines = [
			"sudocheck service_stop_command refused",
			"sudo |sudo: sorry, you must have a tty to run sudo",
		];
		expect(parse(...lines).sudo[0]).toMatchObject({
			isPermitted: false,
			why: expect.stringContaining("a tty"),
		});
	});

	test("is asked for the mask apart from the service commands", () => {
		const masking = "maskcheck mask allowed /usr/bin/systemctl mask postgresql@15-main";
		const told = parse(
			masking,
			"maskcheck unmask refused",
			...listing("(root) NOPASSWD: /usr/bin/systemctl mask *"),
		);
		expect(told.sudo).toEqual([]);
		expect(told.masking).toEqual([
			{ parameter: "mask", isPermitted: true, why: "" },
			{ parameter: "unmask", isPermitted: false, why: "sudo does not permit unmask." },
		]);
	});

	test("with options of its own can't be asked", () => {
		expect(parse("sudocheck service_stop_command skipped").sudo[0]?.isPermitted).toBe(null);
	});
});

test("units, what lingers, and the oldest file that waits", () => {
	const told = parse(
		"unit service_stop_command postgresql@15-main MainPID=52 LoadState=loaded ActiveState=active FragmentPath=/lib/systemd/system/postgresql@.service ",
		"unit service_start_command postgresql MainPID=0 LoadState=loaded ActiveState=active ",
		"control postgresql@16-main 47 /bin/sleep 400",
		"unit service_restart_command postgresql@16-main MainPID=52 ControlPID=47 LoadState=loaded ActiveState=deactivating FragmentPath=/lib/my units/p.service SubState=stop StateChangeTimestamp=Mon 2026-11-30 15:40:02 UTC ",
		"unit service_reload_command nosystemd ",
		"process 12 archiver archiving 000000010000000000000003",
		"archivewait 125",
	);
	expect(told.units).toEqual([
		{
			parameter: "service_stop_command",
			unit: "postgresql@15-main",
			loadState: "loaded",
			activeState: "active",
			mainPid: 52,
			fragmentPath: "/lib/systemd/system/postgresql@.service",
		},
		{
			parameter: "service_start_command",
			unit: "postgresql",
			loadState: "loaded",
			activeState: "active",
			mainPid: null,
			fragmentPath: null,
		},
		{
			parameter: "service_restart_command",
			unit: "postgresql@16-main",
			loadState: "loaded",
			activeState: "deactivating",
			subState: "stop",
			since: "Mon 2026-11-30 15:40:02 UTC",
			control: { pid: 47, title: "/bin/sleep 400" },
			mainPid: 52,
			fragmentPath: "/lib/my units/p.service",
		},
	]);
	expect(told.lingering).toEqual([{ pid: 12, title: "archiver archiving 000000010000000000000003" }]);
	expect(told.archiveWaitSeconds).toBe(125);
	expect(parse().archiveWaitSeconds).toBe(null);
});
test.each([
	[["rewind hints off", "rewind checksums 0"], false],
	[["rewind hints on", "rewind checksums 0"], true],
	[["rewind hints off", "rewind checksums 1"], true],
	[[], null],
])("%j: can it be rewound? %s", (lines, expected) => {
	expect(parse(...lines).canBeRewound).toBe(expected);
});

test.each([
	[["replication |--connection=OK"], { toNodeId: 2, isWell: true, lines: [] }],
	[
		["replication |ERROR: no", "replication |", "replication |--connection=BAD"],
		{ toNodeId: 2, isWell: false, lines: ["ERROR: no"] },
	],
	[["replication |unrecognized option"], null],
	[[], null],
])("%j: can it replicate? %j", (lines, expected) => {
	expect(parse(...lines).replicationTo).toEqual(expected);
});
