import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { SUDO_PASSWORD_UNTRIED, SUDO_PASSWORD_WRONG } from "../../../src/model/fault.ts";
import type { SudoPassword } from "../../../src/transport/ports.ts";
import type { Connection } from "../../../src/transport/ssh/connection.ts";
import { SudoPasswords } from "../../../src/transport/ssh/sudo.ts";
import { trialsOf } from "../../../src/transport/ssh/sudo-trials.ts";

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
let sesame: SudoPassword;
let barley: SudoPassword;
beforeEach(() => {
	sesame = { value: "open sesame" };
	barley = { value: "open barley" };
});

/** How many times sudo was given the password. */
const attempts = () => given.filter(({ input }) => input.includes("open ")).length;

test("a password goes to sudo alone, by the input", async () => {
	const sudo = new SudoPasswords("node1");
	for (const input of ["first\n", ""])
		expect(await sudo.run(command(input), sesame)).toMatchObject({
			value: { exitCode: 0, stdout: input },
		});
	const lines = given.map(({ line }) => Buffer.from(line.split("sh ").at(-1) ?? "", "base64").toString());
	expect(lines.join()).not.toContain("sesame");
	// Without it once, and two commands with a check each.
	expect(lines).toHaveLength(5);
});

test("a wrong password is tried once, however many commands wait", async () => {
	const sudo = new SudoPasswords("node1");
	const run = () => sudo.run(command("x"), barley);
	const ended = [...(await Promise.all([run(), run(), run()])), await run()];
	for (const { fault } of ended) {
		expect(fault?.message).toBe('sudo on "node1" does not accept the password of "dba"');
		expect(fault?.detail).toContain("1 incorrect password attempt");
	}
	expect(attempts()).toBe(1);
	// Another one is tried.
	expect((await sudo.run(command("x"), sesame)).value?.stdout).toBe("x");
});

test("a password that was accepted and then changed is one attempt more, however many commands and users there are", async () => {
	const sudo = new SudoPasswords("node1");
	const run = (user = "root") => sudo.run({ ...command("x\ny\n"), user }, sesame);
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
	expect((await sudo.run(command("x"), barley)).value?.stdout).toBe("x");
});

test("where sudo asks for none, none is sent; where it stops asking, the command does not get it", async () => {
	const sudo = new SudoPasswords("node1");
	isFree = "yes";
	expect((await sudo.run(command("x\n"), sesame)).value?.stdout).toBe("x\n");
	expect(attempts()).toBe(0);
	isFree = "";
	expect((await sudo.run(command("x\n"), sesame)).value?.stdout).toBe("x\n");
	isFree = "yes";
	expect((await sudo.run(command("y\n"), sesame)).value?.stdout).toBe("y\n");
});

test("without a password sudo says that it wants one", async () => {
	const { fault } = await new SudoPasswords("node1").run(command("x"), { value: null });
	expect(fault?.message).toBe('sudo on "node1" asks for a password');
});

const onHosts = (password: SudoPassword, names: readonly string[]) =>
	Promise.all(names.map((host) => new SudoPasswords(host).run({ ...command("x"), host }, password)));
const HOSTS = ["node1", "node2", "node3"];

test("a wrong password is tried on one host, however many ask at once: their account may be the same", async () => {
	const codes = (await onHosts(barley, HOSTS)).map(({ fault }) => fault?.code);
	expect(codes).toEqual([SUDO_PASSWORD_WRONG, SUDO_PASSWORD_UNTRIED, SUDO_PASSWORD_UNTRIED]);
	expect(attempts()).toBe(1);
	// A second survey opens new shells and does not try it either; the host that rejected it says so again.
	const again = (await onHosts(barley, HOSTS.toReversed())).map(({ fault }) => fault?.code);
	expect(again).toEqual([SUDO_PASSWORD_UNTRIED, SUDO_PASSWORD_UNTRIED, SUDO_PASSWORD_WRONG]);
	expect(attempts()).toBe(1);
	barley.value = "open sesame";
	for (const { value } of await onHosts(barley, HOSTS)) expect(value?.stdout).toBe("x");
});

test("a host that alone rejects what another has accepted has an account of its own", async () => {
	expect((await onHosts(sesame, ["node1"]))[0]?.value?.stdout).toBe("x");
	wanted = "open barley";
	const other = new SudoPasswords("node2");
	expect((await other.run({ ...command("x"), host: "node2" }, sesame)).fault?.code).toBe(SUDO_PASSWORD_WRONG);
	wanted = "open sesame";
	expect((await onHosts(sesame, ["node1", "node3"])).map(({ value }) => value?.stdout)).toEqual(["x", "x"]);
});

test("a host whose sudo does not answer does not hold up the others for long", async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const trials = trialsOf(sesame);
	const { signal } = new AbortController();
	void trials.attempt("node1", "open sesame", signal, () => new Promise(() => {}));
	const second = trials.attempt("node2", "open sesame", signal, async () => null);
	await vi.advanceTimersByTimeAsync(11_000);
	expect(await second).toBeNull();
});
