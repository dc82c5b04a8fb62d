import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SURVEY_SCRIPT } from "../../src/bootstrap/survey-script.ts";
import { openCluster, SCENARIOS } from "../../src/practice/index.ts";
import { settled } from "../support/fake-cluster.ts";
import { NOW } from "../support/records.ts";

const [CALM] = SCENARIOS;
if (CALM === undefined) throw new Error("no scenario");

let practice: ReturnType<typeof openCluster>;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	practice = openCluster(CALM, 1);
});
afterEach(() => {
	practice.close();
	vi.useRealTimers();
});

const unknown = () => practice.simulation.cluster.unknown;

test("a statement that it does not know is a fault that says so, and is noted", async () => {
	const { value: session } = await settled(practice.query.connect(practice.seed, 1000));
	const answer = await settled(
		session?.query({ name: "repmgr_console_new", text: "SELECT 1" }, [], 1000) ?? Promise.reject(),
	);
	expect(answer.fault?.message).toBe("not part of practice yet: the statement repmgr_console_new");
	expect(unknown()).toEqual(["repmgr_console_new"]);
});

test.each([
	{ what: "a program", argv: ["rsync", "-a"], noted: "rsync" },
	{
		what: "a command of repmgr",
		argv: ["repmgr", "-f", "/etc/repmgr.conf", "standby", "clone"],
		noted: "repmgr standby clone",
	},
	{
		what: "a script",
		argv: ["sh", "-c", "echo hello", "sh"],
		noted: "a script of this operation: echo hello",
	},
	{
		what: "a script of a reading",
		argv: ["timeout", "60", "sh", "-c", "echo hello", "sh"],
		noted: "a script of this operation: echo hello",
	},
	{
		what: "a bootstrap's script, on a host that was never bare,",
		argv: ["sh", "-c", SURVEY_SCRIPT, "sh"],
		noted: "a bootstrap of this host",
	},
	{
		what: "a statement of an operation",
		argv: ["psql", "-h", "node1", "-c", "DROP TABLE orders"],
		noted: "psql -c DROP TABLE orders",
	},
])("$what that it does not know fails and says so", async ({ argv, noted }) => {
	const ran = practice.shellFor(1).run(argv, { deadlineMs: 5000 });
	const { value } = await settled(ran);
	expect(value).toMatchObject({ exitCode: 1, stdout: "" });
	expect(value?.stderr).toBe(`ERROR: not part of practice yet: ${noted}\n`);
	expect(unknown()).toEqual([noted]);
});
