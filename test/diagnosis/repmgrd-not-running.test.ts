import { describe, expect, test } from "vitest";
import { repmgrdNotRunning } from "../../src/diagnosis/rules/repmgrd-not-running.ts";
import { diagnose } from "../support/diagnose.ts";
import { NOW, receiver, repmgrd } from "../support/records.ts";
import { inShort, judge, worldOf } from "../support/worlds.ts";

const gone = { server: { repmgrd: repmgrd({ running: false, pid: null }) } };
const dead = { server: { repmgrd: repmgrd({ running: false, pid: 93 }) } };
const unseen = (seconds: number | null) => ({
	server: { repmgrd: repmgrd({ upstreamLastSeenSeconds: seconds }) },
});
const noSsh = { ssh: false };
const warning = (nodeId: number) => [`warning REPMGRD_NOT_RUNNING ${nodeId}`];

describe("fires", () => {
	test.each([
		[
			"SQL and SSH see none",
			worldOf({ 2: { ...gone, host: { repmgrd: false } } }),
			warning(2),
			/is not running/,
		],
		["its pid is dead, without SSH", worldOf({ 2: dead }, noSsh), warning(2), /is not running/],
		["the server knows of none, without SSH", worldOf({ 3: gone }, noSsh), warning(3), /knows of no running/],
		["on a witness", worldOf({ 4: { ...gone, host: { repmgrd: false } } }), warning(4), /is not running/],
		["on the primary", worldOf({ 1: { ...gone, host: { repmgrd: false } } }), warning(1), /is not running/],
		[
			"frozen, though SQL says that it runs",
			worldOf({ 2: { host: { repmgrd: { pid: 93, state: "T" } } } }),
			warning(2),
			/frozen/,
		],
		["a zombie", worldOf({ 2: { host: { repmgrd: { pid: 93, state: "Z" } } } }), warning(2), /zombie/],
		[
			"blind to an upstream that it streams from",
			worldOf({ 2: unseen(40) }, noSsh),
			warning(2),
			/not seen its upstream for 40 s/,
		],
		[
			"killed since the last look at the host, which saw its process",
			worldOf({ 2: { server: { ...gone.server, repmgrdMissedSince: NOW + 500 } } }),
			warning(2),
			/knows of no running/,
		],
		[
			"blind to an upstream that it has streamed from for long enough",
			worldOf(
				{ 2: { server: { ...unseen(40).server, walReceiver: receiver({ connectedSeconds: 20 }) } } },
				noSsh,
			),
			warning(2),
			/not seen its upstream/,
		],
		[
			"forgotten by a restarted server: lesser",
			worldOf({ 2: gone }),
			["notice REPMGRD_NOT_RUNNING 2"],
			/does not know it/,
		],
	])("%s", (_, world, expected, message) => {
		const findings = judge(repmgrdNotRunning, world);
		expect(inShort(findings)).toEqual(expected);
		expect(findings[0]?.message).toMatch(message);
	});
});

test.each([
	["well", worldOf()],
	[
		"its server was started a moment ago",
		worldOf({ 2: { server: { ...gone.server, startedAt: NOW - 9000 } } }, noSsh),
	],
	[
		"the library is not loaded, or its functions may not be called",
		worldOf({ 2: { server: { repmgrd: null } } }),
	],
	["the server does not answer", worldOf({ 2: { ...dead, fault: {}, host: { repmgrd: false } } })],
	[
		"only the host sees none (container), SQL says that it runs",
		worldOf({ 2: { host: { repmgrd: false } } }),
	],
	[
		"it does not say whether it runs",
		worldOf({ 2: { server: { repmgrd: repmgrd({ running: null, pid: 93 }) } } }),
	],
	["upstream seen 15 s ago", worldOf({ 2: unseen(15) })],
	["upstream never seen", worldOf({ 2: unseen(null) })],
	[
		"upstream not seen, but a moment ago it was another one",
		worldOf({ 2: { server: { ...unseen(40).server, walReceiver: receiver({ connectedSeconds: 3 }) } } }),
	],
	[
		"its server takes no new connections: STANDBY_HUNG",
		worldOf({ 2: { ...unseen(40), ping: { kind: "timeout" } } }),
	],
	[
		"the node came back a moment ago",
		worldOf({ 2: unseen(40) }, { before: { 2: { fault: {} } }, secondsAgo: 3 }),
	],
	["upstream not seen, nor by us", worldOf({ 2: unseen(40), 1: { fault: {} } })],
	[
		"upstream not seen by one that is detached",
		worldOf({ 2: { server: { ...unseen(40).server, walReceiver: null } } }),
	],
	["of a witness that is WITNESS_STALE", worldOf({ 4: unseen(40) })],
	[
		"it looks less often by its repmgr.conf",
		worldOf({ 2: { ...unseen(40), host: { repmgrConf: { monitor_interval_secs: "15" } } } }),
	],
])("does not fire: %s", (_, world) => {
	expect(judge(repmgrdNotRunning, world)).toEqual([]);
});

describe("remedy", () => {
	const remedyOf = (changes: object) =>
		judge(repmgrdNotRunning, worldOf({ 2: { ...dead, host: { repmgrd: false, ...changes } } }))[0]?.remedy
			?.argv ?? null;

	test('restarts the systemd unit: "start" does nothing for an init script', () => {
		expect(remedyOf({})).toEqual(["sudo", "systemctl", "restart", "repmgrd.service"]);
	});

	test("uses repmgr's command without systemd", () => {
		expect(remedyOf({ units: [] })).toEqual(["repmgr", "-f", "/etc/repmgr.conf", "daemon", "start"]);
	});

	test("is null without either", () => {
		expect(remedyOf({ units: [], repmgrConf: null })).toBeNull();
		expect(judge(repmgrdNotRunning, worldOf({ 2: dead }, noSsh))[0]?.remedy).toBeNull();
	});
});

test("shows the line of repmgrd's own log", () => {
	const repmgrdLogReason = "[2026-11-23 07:58:28] [NOTICE] TERM signal received";
	const [found] = judge(
		repmgrdNotRunning,
		worldOf({ 2: { ...gone, host: { repmgrd: false, repmgrdLogReason } } }),
	);
	expect(found?.evidence.at(-1)).toMatchObject({
		nodeId: 2,
		by: "ssh",
		text: `its log: ${repmgrdLogReason}`,
	});
});

test("is explained by a library that is not preloaded", () => {
	const settings = { shared_preload_libraries: "" };
	const world = worldOf({ 2: { server: { ...dead.server, settings }, host: { repmgrd: false } } });
	expect(inShort(diagnose(world))).toEqual(["warning REPMGRD_NOT_PRELOADED 2"]);
});
