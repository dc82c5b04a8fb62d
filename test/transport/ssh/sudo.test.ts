import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SUDO_PASSWORD_WRONG } from "../../../src/model/fault.ts";
import type { Connection } from "../../../src/transport/ssh/connection.ts";
import { SudoPasswords } from "../../../src/transport/ssh/sudo.ts";

/** As sudo(8) reads: -S takes one line of the input, up to three times; -n never asks. */
const SUDO = `#!/bin/sh
[ "$1" = -n ] && { [ -n "$FREE" ] || { echo "sudo: a password is required" >&2; exit 1; }; shift 4; exec "$@"; }
[ "$*" = "\${*#-S -k -p }" ] && exit 99
shift 7
[ -n "$FREE" ] && exec "$@"
tries=0
while IFS= read -r line; do
  [ "$line" = "$PASSWORD" ] && exec "$@"
  tries=$((tries + 1)); echo "Sorry, try again." >&2
done
echo "sudo: $tries incorrect password attempt" >&2
exit 1
`;

let directory = "";
/** Every line and input that the host was given. */
let given: { readonly line: string; readonly input: string }[] = [];
let wanted = "";
let isFree = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	writeFileSync(join(directory, "sudo"), SUDO, { mode: 0o755 });
	[given, wanted, isFree] = [[], "open sesame", ""];
});
afterEach(() => rmSync(directory, { recursive: true }));

const connection: Connection = {
	loginUser: "dba",
	async execute(line, { input }) {
		given.push({ line, input });
		const env = { PATH: `${directory}:${process.env.PATH}`, PASSWORD: wanted, FREE: isFree };
		const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", input, env });
		return { value: { exitCode: status, stdout, stderr } };
	},
	onLost() {},
	close() {},
};

const command = (input: string) => ({
	...{ host: "node1", connection, argv: ["cat"], user: "root", input },
	...{ signal: new AbortController().signal, onOutput: undefined },
});
/** How many times sudo was given the password. */
const attempts = () => given.filter(({ input }) => input.includes("open ")).length;

test("a password goes to sudo alone, by the input", async () => {
	const sudo = new SudoPasswords("node1");
	for (const input of ["first\n", ""])
		expect(await sudo.run(command(input), "open sesame")).toMatchObject({
			value: { exitCode: 0, stdout: input },
		});
	const lines = given.map(({ line }) => Buffer.from(line.split("sh ").at(-1) ?? "", "base64").toString());
	expect(lines.join()).not.toContain("sesame");
	// Without it once, and two commands with a check each.
	expect(lines).toHaveLength(5);
});

test("a wrong password is tried once, however many commands wait", async () => {
	const sudo = new SudoPasswords("node1");
	const run = () => sudo.run(command("x"), "open barley");
	const ended = [...(await Promise.all([run(), run(), run()])), await run()];
	for (const { fault } of ended) {
		expect(fault?.message).toBe('sudo on "node1" does not accept the password of "dba"');
		expect(fault?.detail).toContain("1 incorrect password attempt");
	}
	expect(attempts()).toBe(1);
	// Another one is tried.
	expect((await sudo.run(command("x"), "open sesame")).value?.stdout).toBe("x");
});

test("a password that was accepted and then changed is one attempt more, however many commands and users there are", async () => {
	const sudo = new SudoPasswords("node1");
	const run = (user = "root") => sudo.run({ ...command("x\ny\n"), user }, "open sesame");
	expect((await run()).value?.stdout).toBe("x\ny\n");
	expect((await run("postgres")).value?.stdout).toBe("x\ny\n");
	wanted = "open barley";
	given = [];
	for (const { fault } of [...(await Promise.all([run(), run("postgres"), run()])), await run()]) {
		expect(fault?.code).toBe(SUDO_PASSWORD_WRONG);
		// Nothing of the command's input was taken for a password.
		expect(fault?.detail).toContain("1 incorrect password attempt");
	}
	expect(attempts()).toBe(1);
	expect((await sudo.run(command("x"), "open barley")).value?.stdout).toBe("x");
});

test("where sudo asks for none, none is sent; where it stops asking, the command does not get it", async () => {
	const sudo = new SudoPasswords("node1");
	isFree = "yes";
	expect((await sudo.run(command("x\n"), "open sesame")).value?.stdout).toBe("x\n");
	expect(attempts()).toBe(0);
	isFree = "";
	expect((await sudo.run(command("x\n"), "open sesame")).value?.stdout).toBe("x\n");
	isFree = "yes";
	expect((await sudo.run(command("y\n"), "open sesame")).value?.stdout).toBe("y\n");
});

test("without a password sudo says that it wants one", async () => {
	const { fault } = await new SudoPasswords("node1").run(command("x"), null);
	expect(fault?.message).toBe('sudo on "node1" asks for a password');
});
