import { describe, expect, test } from "vitest";
import { parseArguments } from "../../src/command/arguments.ts";
import { intentOf } from "../../src/operation/command-line.ts";
import { OPERATIONS } from "../../src/operation/index.ts";
import { type Changes, worldOf } from "../support/worlds.ts";

function parse(words: readonly string[]) {
	const lines: string[] = [];
	const keep = (text: string) => void lines.push(text);
	return { lines, invocation: parseArguments(words, "1", { out: keep, err: keep }) };
}

function operated(line: string) {
	const { invocation, lines } = parse(line.split(" "));
	if (typeof invocation === "number" || invocation.command !== "operate") throw new Error(lines.join("\n"));
	return invocation;
}

function asked(line: string, changes: Changes = {}) {
	const { operation, values } = operated(line);
	return intentOf(operation, values, worldOf(changes).snapshot);
}

const SILENT: Changes = { 1: { fault: { kind: "unreachable" } } };

describe("an operation's command line", () => {
	test.each([
		[
			"switchover --to node2",
			{ kind: "switchover", nodeId: 2, siblingsFollow: true, forceRewind: false, acceptLostSlots: false },
		],
		[
			"switchover --to 3 --no-siblings-follow --force-rewind --accept-lost-slots",
			{ kind: "switchover", nodeId: 3, siblingsFollow: false, forceRewind: true, acceptLostSlots: true },
		],
		["promote node2", { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false }],
		[
			"promote node2 --no-siblings-follow --accept-lesser --accept-loss 5",
			{ kind: "promote", nodeId: 2, siblingsFollow: false, acceptLesser: true },
		],
		["rejoin node3", { kind: "rejoin", nodeId: 3, forceRewind: false, stopFirst: false, dump: false }],
		[
			"rejoin 3 --force-rewind --stop-first --dump",
			{ kind: "rejoin", nodeId: 3, forceRewind: true, stopFirst: true, dump: true },
		],
		["drill", { kind: "drill", nodeId: 1, how: "stop" }],
		["drill --node node2 --how kill", { kind: "drill", nodeId: 2, how: "kill" }],
		["follow node3", { kind: "follow", nodeId: 3, upstreamNodeId: 1 }],
		["follow node3 --upstream node2", { kind: "follow", nodeId: 3, upstreamNodeId: 2 }],
		["pause", { kind: "pause", reason: "" }],
		["pause --reason patching", { kind: "pause", reason: "patching" }],
		["unpause", { kind: "unpause", reason: "" }],
		["start node2", { kind: "start", nodeId: 2 }],
		["stop node2", { kind: "stop", nodeId: 2 }],
		["restart node2", { kind: "restart", nodeId: 2 }],
		["repmgrd-start node2", { kind: "repmgrd-start", nodeId: 2 }],
		["repmgrd-stop node2", { kind: "repmgrd-stop", nodeId: 2 }],
		["register node2", { kind: "register", nodeId: 2 }],
		["witness-register node4", { kind: "witness-register", nodeId: 4 }],
		["unregister node2", { kind: "unregister", nodeId: 2 }],
		["cleanup", { kind: "cleanup", keepDays: 0 }],
		["cleanup --keep-history 7", { kind: "cleanup", keepDays: 7 }],
	])("%s", (line, intent) => {
		expect(asked(line)).toEqual(intent);
	});

	test.each([
		["start node9", 'there is no node "node9"; there are node1, node2, node3, node4'],
		["follow node2 --upstream x", 'there is no node "x"; there are node1, node2, node3, node4'],
		["register elsewhere", 'there is no node "elsewhere"; there are node1, node2, node3, node4'],
	])("%s is refused: %s", (line, message) => {
		expect(asked(line)).toBe(message);
	});

	test.each([
		["follow node2", "no primary is seen, or more than one: give --upstream"],
		["drill", "no primary is seen, or more than one"],
	])("%s is refused without a primary: %s", (line, message) => {
		expect(asked(line, SILENT)).toBe(message);
	});

	test("the name of an unregistered standby means its host, with the given repmgr.conf", () => {
		const { snapshot } = worldOf();
		const node5 = { applicationName: "node5", clientAddress: "10.0.0.5" };
		const nodes = snapshot.nodes.map((node) => {
			const { good } = node.state.server;
			if (node.nodeId !== 1 || good === null) return node;
			const walSenders = [...good.value.walSenders, { ...good.value.walSenders[0], ...node5 }];
			const server = { ...node.state.server, good: { ...good, value: { ...good.value, walSenders } } };
			return { ...node, state: { ...node.state, server } };
		}) as typeof snapshot.nodes;
		const on = (line: string) => {
			const { operation, values } = operated(line);
			return intentOf(operation, values, { ...snapshot, nodes });
		};
		expect(on("register node5")).toEqual({
			kind: "register-host",
			host: "node5",
			configFile: "/etc/repmgr.conf",
		});
		expect(on("register 10.0.0.5 --config-file /etc/repmgr/15.conf")).toEqual({
			kind: "register-host",
			host: "10.0.0.5",
			configFile: "/etc/repmgr/15.conf",
		});
	});
});

describe("options of every operation", () => {
	test("have no effect by default", () => {
		expect(operated("pause").options).toEqual({
			json: false,
			runbook: false,
			dryRun: false,
			yes: false,
			acceptLoss: null,
			newPassword: null,
			reportFile: null,
		});
	});

	test.each([
		["stop node2 --json --runbook --dry-run --yes", { json: true, runbook: true, dryRun: true, yes: true }],
		["promote node2 --accept-loss 4096", { acceptLoss: 4096 }],
		["rejoin node2 --accept-loss unknown", { acceptLoss: "unknown" }],
		["change password --ask-password", { newPassword: { from: "terminal" } }],
		["change password --password-file -", { newPassword: { from: "file", path: "-" } }],
		["drill --accept-loss 0 --report drill.md", { acceptLoss: 0, reportFile: "drill.md" }],
	])("%s", (line, options) => {
		expect(operated(line).options).toMatchObject(options);
	});

	test.each([
		[["switchover"], "error: required option '--to <node>' not specified"],
		[["promote"], "error: missing required argument 'node'"],
		[["pause", "node2"], "error: too many arguments for 'pause'. Expected 0 arguments but got 1: node2."],
		[["promote", "node2", "--accept-loss", "much"], 'It must be a number of bytes, or "unknown".'],
		[["cleanup", "--keep-history", "0"], "It must be a number of days."],
		[["drill", "--how", "pull"], "Allowed choices are stop, kill."],
		[["stop", "node2", "--force-rewind"], "error: unknown option '--force-rewind'"],
	])("%j is a usage error: %s", (words, message) => {
		const { invocation, lines } = parse(words);
		expect(invocation).toBe(64);
		expect(lines.join("\n")).toContain(message);
	});

	test("--help lists every operation with its description", () => {
		const { invocation, lines } = parse(["--help"]);
		expect(invocation).toBe(0);
		const help = lines.join("\n").replaceAll(/\s+/g, " ");
		for (const { kind, commandLine } of OPERATIONS) {
			expect(help).toContain(`${kind} [options]`);
			expect(help).toContain(commandLine.about);
		}
	});
});
