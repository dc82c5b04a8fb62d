import { expect, test } from "vitest";
import { lookAtHost } from "../../../src/probe/host/loop.ts";
import { surveyHost } from "../../../src/probe/survey/reader.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { fixtureText } from "../../support/fixtures.ts";

/** timeout(1) ends with 124 where it ended the script. */
function hostOf(exitCode: number) {
	const shell = new FakeShell();
	shell.onRun = () => ({
		value: {
			exitCode,
			stdout: `${fixtureText("host/primary.txt")}writable yes
`,
			stderr: "",
		},
	});
	return { nodeId: 1, configFile: "/etc/repmgr.conf", user: "postgres", shell };
}

test("rejects the output of a script that was cut short, in which facts may be missing", async () => {
	const fault = {
		kind: "command",
		message: expect.stringMatching(/did not finish \(exit code 124\)/),
	};
	expect(await surveyHost(hostOf(124), "7000")).toMatchObject({ fault });
	expect(await lookAtHost(hostOf(124), 1000)).toMatchObject({ fault });
	expect((await surveyHost(hostOf(0), "7000")).value).toMatchObject({ canWriteState: true });
});
