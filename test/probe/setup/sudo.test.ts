import { expect, test } from "vitest";
import { parseSudo } from "../../../src/probe/setup/sudo.ts";

/** Verbatim from sudo 1.9.13 of Debian 12, with a second rule. */
const LISTING = `Matching Defaults entries for postgres on node1:
    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty, !requiretty

User postgres may run the following commands on node1:
    (root) NOPASSWD: /usr/bin/systemctl, /bin/systemctl
    (ALL : ALL) /usr/bin/ls -l, NOPASSWD: SETENV: /usr/bin/id, PASSWD: /usr/bin/a\\, b`.split("\n");

test("lists permitted commands, and those that need a password", () => {
	const checks = [
		"service_stop_command allowed /usr/bin/systemctl stop postgresql@15-main",
		"service_start_command refused",
		"service_reload_command skipped",
	];
	expect(parseSudo("postgres", LISTING, checks)).toEqual({
		user: "postgres",
		refusal: null,
		entries: [
			{ command: "/usr/bin/systemctl", noPassword: true },
			{ command: "/bin/systemctl", noPassword: true },
			{ command: "/usr/bin/ls -l", noPassword: false },
			{ command: "/usr/bin/id", noPassword: true },
			{ command: "/usr/bin/a\\, b", noPassword: false },
		],
		resolved: new Map([
			["service_stop_command", "/usr/bin/systemctl stop postgresql@15-main"],
			["service_start_command", null],
		]),
	});
});

test.each(["sudo: a password is required", "sudo: a terminal is required to read the password"])(
	"%s",
	(line) => {
		expect(parseSudo("postgres", [line], [])).toMatchObject({ refusal: line, entries: [] });
	},
);

test("a user without any rule", () => {
	expect(parseSudo("postgres", ["Sorry, user postgres may not run sudo on node1."], [])).toMatchObject({
		refusal: null,
		entries: [],
	});
});

/** Verbatim from sudo 1.9.13, which breaks lines at 80 columns. */
const WRAPPED = `Matching Defaults entries for postgres on node1:
    env_reset, mail_badpass,
    secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin,
    use_pty

User postgres may run the following commands on node1:
    (ALL) NOPASSWD: /usr/bin/systemctl start *, PASSWD: /usr/bin/systemctl stop
        *`;

test("joins a wrapped line", () => {
	expect(parseSudo("postgres", WRAPPED.split("\n"), []).entries).toEqual([
		{ command: "/usr/bin/systemctl start *", noPassword: true },
		{ command: "/usr/bin/systemctl stop *", noPassword: false },
	]);
});

test("needs no NOPASSWD where authentication is off", () => {
	const listing = WRAPPED.replace("use_pty", "use_pty, !authenticate").split("\n");
	expect(parseSudo("postgres", listing, []).entries.every(({ noPassword }) => noPassword)).toBe(true);
});
