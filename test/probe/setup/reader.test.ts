import { describe, expect, test } from "vitest";
import { lint } from "../../../src/lint/index.ts";
import type { Outcome } from "../../../src/model/fault.ts";
import { readSetup, type SetupTarget } from "../../../src/probe/setup/reader.ts";
import type { Query, QuerySession } from "../../../src/transport/ports.ts";
import { fault, parametersOf } from "../../support/fake-query.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { fixtureText, type RecordedSetup, recordedSetup } from "../../support/fixtures.ts";
import { registration } from "../../support/records.ts";

/** A server that answers both questions as recorded; sessions must be closed. */
function serverOf(answer: RecordedSetup) {
	const state = { open: 0, roles: [] as unknown[] };
	const query: Query = {
		connect: () => {
			state.open += 1;
			const session: QuerySession = {
				query: ({ name }, values) => {
					if (name === "repmgr_console_setup_rights") return rows({ ...answer.rights });
					if (name !== "repmgr_console_setup") throw new Error(`an unexpected statement ${name}`);
					state.roles.push(values[0]);
					return rows({ setup: answer.setup });
				},
				onLost() {},
				close: () => {
					state.open -= 1;
				},
			};
			return Promise.resolve({ value: session });
		},
		ping: () => {
			throw new Error("an unexpected ping");
		},
	};
	return { query, state };
}

function rows(row: Record<string, unknown>): Promise<Outcome<readonly Record<string, unknown>[]>> {
	return Promise.resolve({ value: [row] });
}

function shellOf(stdout = fixtureText("host/setup.txt")): FakeShell {
	const shell = new FakeShell();
	shell.onRun = () => ({ value: { exitCode: 0, stdout, stderr: "sh: 1: oops" } });
	return shell;
}

function targetOf(nodeId: number, shell: FakeShell | null): SetupTarget {
	const configFile = "/etc/repmgr.conf";
	return {
		registration: registration(nodeId, {
			conninfo: `host=node${nodeId} user=repmgr dbname=repmgr connect_timeout=2`,
		}),
		parameters: { value: parametersOf(`node${nodeId}`) },
		host: shell && { nodeId, shell, user: "postgres", configFile },
	};
}

async function read(
	targets: readonly SetupTarget[],
	query: Query = serverOf(recordedSetup("setup")).query,
	sshOff: string | null = null,
) {
	let read = 0;
	const setup = await readSetup(targets, { query, sshOff }, () => {
		read += 1;
	});
	expect(read).toBe(targets.length);
	return setup;
}

test("reads the recorded node1 by SQL and SSH", async () => {
	const { query, state } = serverOf(recordedSetup("setup"));
	const shell = shellOf();
	const { nodes } = await read([targetOf(1, shell)], query);
	const sources = nodes[0]?.sources;
	expect(Object.entries(sources ?? {}).filter(([, { fault: found }]) => found !== undefined)).toEqual([]);
	expect(sources?.conf.value?.entries).toHaveLength(24);
	expect(sources?.conninfo.value).toEqual({
		host: "node1",
		user: "repmgr",
		dbname: "repmgr",
		connect_timeout: "2",
	});
	expect(sources?.passfile.value?.lines).toHaveLength(20);
	expect(sources?.server.value?.settings.get("wal_log_hints")).toMatchObject({
		value: "on",
		place: { file: "/etc/postgresql/15/main/conf.d/repmgr.conf", line: 4 },
	});
	expect(sources?.hba.value?.rules.at(-1)).toMatchObject({
		databases: ["replication"],
		netmask: "255.255.0.0",
		place: { file: "/etc/postgresql/15/main/pg_hba.conf", line: 5 },
	});
	expect(sources?.sudo.value?.entries[0]).toEqual({ command: "/usr/bin/systemctl", noPassword: true });
	expect(sources?.systemd.value).toMatchObject({
		postgresUnit: "postgresql@15-main.service",
		repmgrdUnit: "repmgrd.service",
		repmgrdConf: null,
		units: [
			{ loadState: "loaded", fileState: "enabled-runtime" },
			{ user: "postgres", fileState: "enabled" },
		],
	});
	expect(sources?.host.value).toMatchObject({ userId: 102, binaryDirectory: "/usr/lib/postgresql/15/bin" });
	expect(state).toEqual({ open: 0, roles: ["repmgr"] });
	// The script gets the server's paths and the names of all nodes.
	expect(shell.runs[0]?.argv.slice(5)).toEqual([
		"sh",
		"/etc/repmgr.conf",
		"/var/lib/postgresql/15/main",
		"/etc/postgresql/15/main/pg_hba.conf",
		"node1",
	]);
	expect(shell.runs[0]?.options).toMatchObject({ user: "postgres", deadlineMs: 20_000 });
});

test("reads the same pg_hba.conf by SQL and by SSH", async () => {
	const places = async (answer: RecordedSetup) => {
		const { nodes } = await read([targetOf(1, shellOf())], serverOf(answer).query);
		return nodes[0]?.sources.hba.value?.rules.map(({ place, type, databases, users, method }) => [
			place,
			type,
			databases,
			users,
			method,
		]);
	};
	const full = recordedSetup("setup");
	const denied = { ...full, setup: { ...full.setup, hba: null } };
	expect(await places(denied)).toEqual(await places(full));
});

describe("has a reason for what can't be read", () => {
	test("without rights", async () => {
		const { nodes } = await read(
			[targetOf(1, null)],
			serverOf(recordedSetup("setup-plain")).query,
			"SSH is off",
		);
		const faults = Object.fromEntries(
			Object.entries(nodes[0]?.sources ?? {}).flatMap(([name, { fault: found }]) =>
				found === undefined ? [] : [[name, found.message]],
			),
		);
		expect(faults).toEqual({
			conf: "SSH is off",
			conninfo: "SSH is off",
			passfile: "SSH is off",
			sudo: "SSH is off",
			systemd: "SSH is off",
			host: "SSH is off",
			privileged: "permission denied for configuration settings",
			hba: "permission denied for view pg_hba_file_rules",
			fileErrors: "permission denied for view pg_file_settings",
		});
	});

	test("reports one silent host, and reads the others", async () => {
		const silent = new FakeShell();
		silent.onRun = () => fault("unreachable", { message: "no answer from node2" });
		const setup = await read([targetOf(1, shellOf()), targetOf(2, silent)]);
		const unread = lint(setup).results.filter(({ code }) => code === "NOT_READ");
		expect(unread).toMatchObject([
			{
				nodeId: 2,
				why: expect.stringMatching(/^no answer from node2\. Not checked here: REPMGR_CONF_INVALID, /),
			},
		]);
	});

	test("output that was cut short", async () => {
		const { nodes } = await read([targetOf(1, shellOf("user postgres 102\n"))]);
		expect(nodes[0]?.sources.conf.fault).toMatchObject({
			message: "the script that reads the host's configuration did not finish",
			detail: "sh: 1: oops",
		});
	});

	test("a server that refuses", async () => {
		const query: Query = {
			connect: () => Promise.resolve(fault("refused", { message: "nobody \u001b[31mlistens" })),
			ping: () => {
				throw new Error("an unexpected ping");
			},
		};
		const { nodes } = await read([targetOf(1, shellOf())], query);
		expect(nodes[0]?.sources.server.fault?.message).toBe("nobody \uFFFD[31mlistens");
		expect(nodes[0]?.sources.hba.value?.rules).toHaveLength(5);
	});
});

test("orders nodes by id", async () => {
	const { nodes } = await read([targetOf(3, shellOf()), targetOf(1, shellOf())]);
	expect(nodes.map(({ registration: { nodeId } }) => nodeId)).toEqual([1, 3]);
});
