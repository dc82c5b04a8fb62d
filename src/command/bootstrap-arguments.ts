import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { SHAPES, type Shape } from "../config/inventory-template.ts";
import type { Inventory } from "../model/inventory.ts";
import { shellWords } from "../text/shell.ts";
import { portNumber, sudoPasswordFile } from "./access-options.ts";

export type BootstrapInvocation =
	| {
			readonly command: "bootstrap init";
			readonly hosts: readonly string[];
			readonly shape: Shape | null;
			readonly inventory: string;
	  }
	| {
			readonly command: "bootstrap";
			readonly inventory: string;
			/** The user named it: it is used if it is there, and asked for if not. */
			readonly isInventoryNamed: boolean;
			/** No option asks for something else than the screen. */
			readonly wantsScreen: boolean;
			readonly theme?: string;
			readonly options: BootstrapOptions;
			readonly ssh: BootstrapSsh;
	  };

export interface BootstrapOptions {
	readonly dryRun: boolean;
	readonly runbook: boolean;
	readonly yes: boolean;
	readonly json: boolean;
	readonly takeOver: boolean;
	/** Take everything back that bootstraps have added to the hosts. */
	readonly undo: boolean;
	/** The cluster whose data may be deleted without a question; null: none. */
	readonly deleteData: string | null;
	readonly reportFile: string | null;
}

/** How to log in to hosts of which the inventory does not say it. */
export interface BootstrapSsh {
	readonly user?: string;
	readonly port?: number;
	readonly identity?: string;
	readonly acceptNewHostKeys: boolean;
	readonly sudoPasswordFile?: string;
}

/** How a session on the new cluster logs in: as the inventory says it for all hosts, else as the options do. */
export function loginOf({ nodes }: Pick<Inventory, "nodes">, given: BootstrapSsh): BootstrapSsh {
	const ofAll = <T>(values: readonly T[]): T | undefined =>
		new Set(values).size === 1 ? values[0] : undefined;
	const user = ofAll(nodes.map(({ ssh }) => ssh.user ?? given.user));
	const port = ofAll(nodes.map(({ ssh }) => ssh.port ?? given.port));
	const identity = ofAll(nodes.map(({ ssh }) => ssh.identity ?? given.identity));
	return {
		...(user !== undefined && { user }),
		...(port !== undefined && { port }),
		...(identity !== undefined && { identity }),
		acceptNewHostKeys: given.acceptNewHostKeys,
		...(given.sudoPasswordFile !== undefined && { sudoPasswordFile: given.sudoPasswordFile }),
	};
}

/** The same as words of a command, for any directory. */
export function loginWords({
	user,
	port,
	identity,
	acceptNewHostKeys,
	sudoPasswordFile: file,
}: BootstrapSsh): readonly string[] {
	return [
		...(user === undefined ? [] : ["--ssh-user", user]),
		...(port === undefined ? [] : ["--ssh-port", String(port)]),
		...(identity === undefined ? [] : ["--identity", resolve(identity)]),
		...(acceptNewHostKeys ? ["--accept-new-host-keys"] : []),
		// Of a pipe nothing is left.
		...(file === undefined || file.startsWith("/dev/") ? [] : ["--sudo-password-file", resolve(file)]),
	];
}

/** The words after the program's name that open the console on the new cluster. */
export function watchWords(
	conninfo: string,
	login: BootstrapSsh,
	hasSudoPassword: boolean,
): readonly string[] {
	const words = loginWords(login);
	const asks = hasSudoPassword && !words.includes("--sudo-password-file");
	return ["-d", conninfo, ...words, ...(asks ? ["--ask-sudo-password"] : [])];
}

/** The same for a shell. */
export function watchLine(conninfo: string, login: BootstrapSsh, hasSudoPassword: boolean): string {
	return shellWords(["repmgr-console", ...watchWords(conninfo, login, hasSudoPassword)]);
}

const FILE = "inventory.yaml";

export function addBootstrap(program: Command, take: (invocation: BootstrapInvocation) => void): void {
	const withInventory = (command: Command): Command =>
		command.option("--inventory <file>", `the cluster that is to be made (default "${FILE}")`);
	const bootstrap = withInventory(program.command("bootstrap"))
		.description("make a cluster of bare hosts: packages, PostgreSQL, repmgr, standbys, witness, repmgrd")
		.option("--dry-run", "survey the hosts, show the plan, and change nothing")
		.option("--runbook", "print the plan as Markdown, to carry it out by hand")
		.option("--yes", "skip the prompt")
		.option("--json", "print JSON (schema 1)")
		.option("--report <file>", "write what was made, and how it was proved, to a file as Markdown")
		.option("--undo", "take back everything that bootstrap has added to the hosts, with all data")
		.option("--delete-data <cluster>", "with --undo and --yes: the name of the cluster whose data is deleted")
		.option("--take-over", "continue what another console has begun, and does not any more")
		.option("--ssh-user <user>", "user to log in as: root, or one with sudo")
		.option("--ssh-port <port>", "SSH port, instead of 22 or the one in ~/.ssh/config", portNumber)
		.option("--identity <file>", "private key to log in with")
		.addOption(sudoPasswordFile())
		.option("--accept-new-host-keys", "accept the key of a host not seen before, as OpenSSH's accept-new")
		.action((_, command: Command) => {
			// The program itself has the options of SSH, too.
			const given = command.optsWithGlobals<Record<string, unknown>>();
			const {
				sshUser: user,
				sshPort: port,
				identity,
				sudoPasswordFile: file,
			} = given as { sshUser?: string; sshPort?: number; identity?: string; sudoPasswordFile?: string };
			const others = ["dryRun", "runbook", "yes", "json", "report", "takeOver", "undo", "deleteData"];
			take({
				command: "bootstrap",
				wantsScreen: others.every((option) => given[option] === undefined),
				isInventoryNamed: typeof given.inventory === "string",
				...(typeof given.theme === "string" && { theme: given.theme }),
				inventory: typeof given.inventory === "string" ? given.inventory : FILE,
				options: {
					dryRun: given.dryRun === true,
					runbook: given.runbook === true,
					yes: given.yes === true,
					json: given.json === true,
					takeOver: given.takeOver === true,
					undo: given.undo === true,
					deleteData: typeof given.deleteData === "string" ? given.deleteData : null,
					reportFile: typeof given.report === "string" ? given.report : null,
				},
				ssh: {
					...(user !== undefined && { user }),
					...(port !== undefined && { port }),
					...(identity !== undefined && { identity }),
					acceptNewHostKeys: given.acceptNewHostKeys === true,
					...(file !== undefined && { sudoPasswordFile: file }),
				},
			});
		});
	bootstrap
		.command("init")
		.argument("<host...>", "names or addresses, the primary first", hostName)
		.description("write a commented inventory to start from")
		.addOption(new Option("--shape <shape>", shapeHelp()).choices(Object.keys(SHAPES)))
		.action((_hosts, { shape }: { shape?: Shape }, command: Command) => {
			const given = command.optsWithGlobals<{ inventory?: string }>();
			const hosts = command.args;
			if (hosts.length < 2) command.error("error: a cluster needs two hosts at least", { exitCode: 64 });
			take({ command: "bootstrap init", hosts, shape: shape ?? null, inventory: given.inventory ?? FILE });
		});
}

function shapeHelp(): string {
	return Object.entries(SHAPES)
		.map(([name, about]) => `${name}: ${about}`)
		.join("; ");
}

/** What a host name may be is checked with the file; here only that it can't be an option. */
function hostName(text: string, before: unknown): readonly string[] {
	if (!/^[A-Za-z0-9:][A-Za-z0-9.:-]*$/.test(text)) {
		throw new InvalidArgumentError("It must be a host name or an address.");
	}
	return [...(Array.isArray(before) ? before : []), text];
}
