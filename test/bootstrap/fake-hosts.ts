import { join } from "node:path";
import { Bootstrap, type BootstrapOptions } from "../../src/bootstrap/bootstrap.ts";
import {
	DROP_ROW_SCRIPT,
	LOG_IN_SCRIPT,
	READ_ROW_SCRIPT,
	WRITE_ROW_SCRIPT,
} from "../../src/bootstrap/proof.ts";
import { RECORD_SCRIPT } from "../../src/bootstrap/record-scripts.ts";
import * as scripts from "../../src/bootstrap/scripts.ts";
import { SEEN_FROM_SCRIPT, SURVEY_SCRIPT } from "../../src/bootstrap/survey-script.ts";
import * as undo from "../../src/bootstrap/undo/scripts.ts";
import { UNDO_SURVEY_SCRIPT } from "../../src/bootstrap/undo/survey.ts";
import {
	START_SCRIPT as BEGIN_SCRIPT,
	FOLLOW_SCRIPT,
	LOCK_SCRIPT,
	RELEASE_SCRIPT,
} from "../../src/execution/remote-scripts.ts";
import type { Fault, Outcome } from "../../src/model/fault.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import type { CommandResult, RunOptions, Shell, SudoPassword } from "../../src/transport/ports.ts";
import { userSwitchFault } from "../../src/transport/ssh/command.ts";
import { bareText, fileLine, receives } from "./hosts.ts";

const FILES: Readonly<Record<string, string>> = {
	"/etc/repmgr.conf": "repmgr.conf",
	"/etc/postgresql-common/createcluster.d/repmgr-console.conf": "createcluster",
	"/etc/sudoers.d/repmgr-console": "sudoers",
	"/etc/systemd/system/repmgrd.service": "unit",
	"/etc/postgresql/15/main/conf.d/repmgr-console.conf": "settings",
	"/etc/postgresql/15/main/conf.d/repmgr-console-synchronous.conf": "synchronous",
	"/etc/postgresql/15/main/pg_hba.conf": "hba",
	"/var/lib/postgresql/.pgpass": "pgpass",
	"/var/lib/postgresql/.ssh/authorized_keys": "authorized_keys",
	"/var/lib/postgresql/.ssh/known_hosts": "known_hosts",
};

const DATA = "/var/lib/postgresql/15/main";

/** The command that goes on with it. */
export const AGAIN = "repmgr-console bootstrap --inventory /srv/f.yaml";

/** A bootstrap of them by a user with this home. A journal that can't be written saves waiting for the disk. */
export function bootstrapOn(
	hosts: FakeHosts,
	inventory: Inventory,
	home: string,
	options: Partial<BootstrapOptions> = {},
): Bootstrap {
	return new Bootstrap({
		inventory,
		shellFor: ({ name }) => hosts.shell(name),
		operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: process.pid },
		journalPath: "/proc/journal.jsonl",
		again: AGAIN,
		authority: () => null,
		passfile: join(home, ".pgpass"),
		watch: (conninfo) => `repmgr-console -d '${conninfo}'`,
		sudoPassword: hosts.sudo.given,
		...options,
	});
}

/** Hosts that become what the console's scripts would make of them, and throw at anything else. */
export class FakeHosts {
	/** What was changed, in its order: "pg1 install". */
	readonly changes: string[] = [];
	/** Every argv and input that hosts were given. */
	readonly argv: string[] = [];
	/** Makes the next command of this kind fail: "pg3 clone". */
	failing: string | null = null;
	/** Makes this console fail at a command of this kind. */
	defect: string | null = null;
	lockHolder: string | null = null;
	/** A host on which nothing can be run as root, and why. */
	withoutRoot: { readonly name: string; readonly fault: Fault } | null = null;
	/** What a login without TLS is told. */
	plainLogin =
		'FATAL:  no pg_hba.conf entry for host "10.0.0.2", user "repmgr", database "repmgr", no encryption';
	/** The password that sudo wants on all hosts, or null, and the one that it is given. */
	readonly sudo: { wanted: string | null; readonly given: SudoPassword } = {
		...{ wanted: null, given: { value: null } },
	};
	readonly #facts = new Map<string, Map<string, readonly string[]>>();
	readonly #rows = new Map<string, string>();
	/** What was noted before it was added; a host without a record has none. */
	readonly #records = new Map<string, string[]>();
	/** The host that each was copied from. */
	readonly #upstreams = new Map<string, string>();
	readonly #lastExit = new Map<string, number>();

	readonly names: readonly string[];

	constructor(names: readonly string[]) {
		this.names = names;
		for (const name of names) this.#facts.set(name, new Map());
	}

	shell(name: string): Shell {
		return {
			connect: async () => ({ value: true }),
			run: (argv, options) => Promise.resolve(this.#run(name, argv, options)),
			close() {},
		};
	}

	/** A host as it was, with nothing added to it. */
	isBare(name: string): boolean {
		return !this.#records.has(name) && this.#facts.get(name)?.size === 0;
	}

	/** As a console has left a host that died when all was taken back but the record. */
	leaveRecord(name: string): void {
		this.#records.set(name, ["cluster prod", `place 15 ${DATA}`, "package postgresql-15 purge", "cleaned"]);
	}

	/** As a version without records has left a host. */
	forgetRecord(name: string): void {
		this.#records.delete(name);
	}

	#record(name: string, line: string): void {
		const lines = this.#records.get(name);
		if (lines?.includes(line) === false) lines.push(line);
	}

	/** Adds a line to what a host answers to the survey. */
	add(name: string, line: string): void {
		this.#set(name, line.split(" ")[0] ?? "", line);
	}

	#set(name: string, key: string, ...lines: readonly string[]): void {
		this.#facts.get(name)?.set(key, lines);
	}

	#run(name: string, argv: readonly string[], { input = "", user }: RunOptions): Outcome<CommandResult> {
		this.argv.push(argv.join(" "));
		const words = argv[0] === "timeout" ? argv.slice(2) : argv;
		const [, , script = "", , ...rest] = words;
		const ok = (stdout = ""): Outcome<CommandResult> => ({ value: { exitCode: 0, stdout, stderr: "" } });
		if (script === SEEN_FROM_SCRIPT) return ok("10.0.0.99 5000 10.0.0.1 22\n");
		if (user === "root" && this.withoutRoot?.name === name) return { fault: this.withoutRoot.fault };
		const { wanted, given } = this.sudo;
		if (user === "root" && wanted !== null && given.value !== wanted) {
			const stderr = `sudo: ${given.value === null ? "a password is required" : "1 incorrect password attempt"}\n`;
			const fault = userSwitchFault(name, "dba", "root", { exitCode: 1, stdout: "", stderr });
			if (fault !== null) return { fault };
		}
		if (user !== "root") throw new Error(`not as root: ${script}`);
		switch (script) {
			case SURVEY_SCRIPT: {
				const changed = [...(this.#facts.get(name)?.values() ?? [])].flat();
				const rows = this.#facts.get(name)?.has("role") ? [...this.#rows.values()] : [];
				const record = (this.#records.get(name) ?? []).map((line) => `record ${line}`);
				const all = [...changed.filter((line) => line !== ""), ...rows, ...record];
				return ok(bareText(name, this.names, all));
			}
			case RECORD_SCRIPT:
				this.#records.set(name, [`cluster ${rest[0]}`]);
				return ok();
			case UNDO_SURVEY_SCRIPT: {
				const isInstalled = this.#facts.get(name)?.has("installed");
				const isRunning = this.#facts.get(name)?.has("running");
				const packages = isInstalled ? "package postgresql-15\npackage repmgr\n" : "";
				const place = this.#facts.get(name)?.get("data");
				const state = place === undefined ? "gone" : place.includes("found empty") ? "left" : "data";
				const isPlaced = this.#records.get(name)?.includes(`place 15 ${DATA}`) === true;
				const places = isPlaced ? `place ${state} 15 ${DATA}\n` : "";
				return ok(`${packages}${places}${isRunning ? "database 3145728 shop\n" : ""}end yes\n`);
			}
			case undo.FORGET_SCRIPT:
				this.#records.delete(name);
				return ok();
			case LOCK_SCRIPT:
				return ok(this.lockHolder === null ? "taken\n" : `held\n${this.lockHolder}\n`);
			case RELEASE_SCRIPT:
				this.lockHolder = null;
				return ok("released\n");
			case scripts.WRITE_SCRIPT:
				return this.#write(name, rest, input)
					? ok()
					: { value: { exitCode: 1, stdout: "", stderr: "ERROR: no" } };
			case BEGIN_SCRIPT:
				// RUN_SCRIPT, operation, step, configuration file; then flock and its words, and the script itself.
				this.#lastExit.set(`${name} ${rest[2]}`, this.#change(name, rest[11] ?? "", rest.slice(13)) ? 0 : 1);
				return ok("started\n");
			case FOLLOW_SCRIPT: {
				const exit = this.#lastExit.get(`${name} ${rest[1]}`);
				const said = (text: string) => Buffer.from(text).toString("base64");
				const isFirst = rest[3] === "0";
				return ok(
					`state exit ${exit}\nstdout \nstderr ${isFirst && exit !== 0 ? said("password=x: no\n") : ""}\n`,
				);
			}
		}
		if ([WRITE_ROW_SCRIPT, READ_ROW_SCRIPT, DROP_ROW_SCRIPT].includes(script)) return ok();
		if (script === LOG_IN_SCRIPT) return ok(`plain ${this.plainLogin}\ntls t\n`);
		throw new Error(`an unknown script: ${script}`);
	}

	#note(change: string): boolean {
		if (this.defect === change) throw new Error("a defect");
		if (this.failing === change) {
			this.failing = null;
			return false;
		}
		this.changes.push(change);
		return true;
	}

	#write(name: string, [path = "", mode = "", owner = "", part]: readonly string[], input: string): boolean {
		const key = FILES[path];
		if (key === undefined) throw new Error(`an unknown file: ${path}`);
		if (owner === "postgres" && !this.#facts.get(name)?.has("installed"))
			throw new Error("no user postgres yet");
		if (!this.#note(`${name} ${key}`)) return false;
		this.#record(name, `file ${path}`);
		this.#set(name, key, fileLine(key, mode, owner, part === "block" ? `${input}# theirs\n` : input));
		return true;
	}

	#change(name: string, script: string, words: readonly string[]): boolean {
		const change = (kind: string, effect: () => void): boolean => {
			if (!this.#note(`${name} ${kind}`)) return false;
			effect();
			return true;
		};
		const running = (recovery: boolean) => {
			this.#set(name, "running", "running yes", "listening yes");
			this.#set(
				name,
				"sql",
				recovery
					? receives(this.#upstreams.get(name) ?? "")
					: 'sql {"recovery":false,"role":false,"database":false,"watcher":null,"receiver":null,"sender":null}',
			);
			if (recovery) this.#set(name, "role", "login repmgr");
		};
		switch (script) {
			case scripts.INSTALL_SCRIPT:
				return change("install", () => {
					for (const line of ["package postgresql-15 purge", "package repmgr purge", "user postgres"])
						this.#record(name, line);
					const all = ["openssh-client", "sudo", "repmgr", "postgresql-15", "postgresql-15-repmgr"];
					this.#set(name, "installed", ...all.map((one) => `installed ${one} 1`), "home /var/lib/postgresql");
				});
			case scripts.KEY_SCRIPT:
				return change("key", () => {
					this.#record(name, "file /var/lib/postgresql/.ssh/id_ed25519");
					this.#set(name, "key", `key ssh-ed25519 AAAA${name}`);
				});
			case scripts.CREATE_SCRIPT:
				return change("create", () => {
					this.#record(name, `place 15 ${DATA}`);
					this.#set(
						name,
						"data",
						`configured ${DATA}`,
						...(words[5] === "empty" ? ["found empty"] : ["found cluster", "identifier 1"]),
					);
				});
			case scripts.CERTIFICATE_SCRIPT:
				return change("certificate", () => this.#set(name, "certificate", "certificate yes"));
			case scripts.START_SCRIPT:
				return change("start", () =>
					running(this.#facts.get(name)?.get("data")?.includes("standby yes") === true),
				);
			case scripts.ROLE_SCRIPT:
				return change("role", () => {
					this.#set(
						name,
						"sql",
						'sql {"recovery":false,"role":true,"database":true,"watcher":null,"receiver":null,"sender":null}',
					);
					this.#set(name, "role", "login repmgr");
				});
			case scripts.WATCHER_SCRIPT:
				return change("watcher", () => {
					this.#set(
						name,
						"sql",
						'sql {"recovery":false,"role":true,"database":true,"watcher":true,"receiver":null,"sender":null}',
					);
					this.#set(name, "role", "login repmgr", "login console", "granted yes");
				});
			case scripts.RELOAD_SCRIPT:
				return change("reload", () => {
					const [sql = "sql {}"] = this.#facts.get(name)?.get("sql") ?? [];
					const synchronous = /^synchronous_standby_names = '(.*)'$/m.exec(
						this.#fileOf(name, "synchronous"),
					)?.[1];
					this.#set(name, "sql", `sql ${JSON.stringify({ ...JSON.parse(sql.slice(4)), synchronous })}`);
				});
			case scripts.CLONE_SCRIPT:
				return change("clone", () => {
					this.#upstreams.set(name, words[words.indexOf("-h") + 1] ?? "");
					this.#set(name, "data", `configured ${DATA}`, "found cluster", "standby yes", "identifier 1");
				});
			case scripts.REPMGR_SCRIPT:
				return change("register", () => this.#register(name, words));
			case scripts.ENABLE_SCRIPT:
				return change("enable", () => this.#set(name, "repmgrd", "repmgrd inactive enabled no"));
			case scripts.REPMGRD_SCRIPT:
				return change("repmgrd", () => this.#set(name, "repmgrd", "repmgrd active enabled no"));
			case undo.STOP_REPMGRD_SCRIPT:
				return change("stop repmgrd", () => this.#forget(name, "repmgrd"));
			case undo.DROP_SCRIPT:
				return change("drop", () => {
					for (const key of [
						"data",
						"running",
						"sql",
						"role",
						"settings",
						"hba",
						"certificate",
						"synchronous",
					])
						this.#forget(name, key);
					this.#rows.clear();
				});
			case undo.UNWRITE_SCRIPT:
				return change(`remove ${FILES[words[0] ?? ""]}`, () =>
					this.#forget(name, FILES[words[0] ?? ""] ?? ""),
				);
			case undo.UNKEY_SCRIPT:
				return change("remove key", () => this.#forget(name, "key"));
			case undo.PURGE_SCRIPT:
				return change("purge", () => this.#forget(name, "installed"));
			case undo.CLEAN_SCRIPT:
				return change("clean", () => this.#record(name, "cleaned"));
		}
		throw new Error(`an unknown step: ${script}`);
	}

	#forget(name: string, key: string): void {
		this.#facts.get(name)?.delete(key);
	}

	#fileOf(name: string, key: string): string {
		const line = this.#facts.get(name)?.get(key)?.[0] ?? "";
		return Buffer.from(line.split(" ")[4] ?? "", "base64").toString();
	}

	#register(name: string, words: readonly string[]): void {
		const text = this.#fileOf(name, "repmgr.conf");
		const value = (key: string) => new RegExp(`^${key}='(.*)'$`, "m").exec(text)?.[1] ?? "";
		const type = words.find((word) => ["primary", "standby", "witness"].includes(word));
		const upstream = /--upstream-node-id=(\d+)/.exec(words.join(" "))?.[1];
		this.#rows.set(
			name,
			`node ${JSON.stringify({
				...{ id: Number(value("node_id")), name: value("node_name"), type, active: true },
				upstream: type === "primary" ? null : Number(upstream ?? 1),
				...{ location: value("location"), priority: Number(value("priority")), conninfo: value("conninfo") },
			})}`,
		);
	}
}
