import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Cluster, ClusterOptions } from "./cluster.ts";
import { FAULTS, openCluster, runningClusters } from "./cluster.ts";
import { describeFailure } from "./failure.ts";
import { requireRoot } from "./requirements.ts";
import { describeCluster } from "./show.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

/** The console's options that name a cluster. */
const NAMES_A_CLUSTER = /^(-d|--dbname|-f|--file|--cluster|--config)(=|$)/;

const program = new Command("cluster")
	.description(
		"A real test cluster on this machine: Debian hosts with systemd, sshd, PostgreSQL and repmgr. Needs root.",
	)
	.enablePositionalOptions();

/** Every subcommand works on one instance, named by its prefix. */
function subcommand(usage: string, description: string): Command {
	return program.command(usage).description(description).option("--prefix <prefix>", "which instance", "rc");
}

/** Calls `work` with the cluster of --prefix and the command's other arguments. */
function action(work: (cluster: Cluster, args: string[], options: ClusterOptions & Flags) => Promise<void>) {
	return async (...given: unknown[]): Promise<void> => {
		const command = given.at(-1) as Command;
		const options = command.opts<ClusterOptions & Flags>();
		requireRoot();
		await work(openCluster(options), command.args, options);
	};
}

interface Flags {
	readonly formed?: boolean;
	readonly all?: boolean;
	readonly set?: Readonly<Record<string, string>>;
}

function count(text: string): number {
	if (/^[1-9]\d?\d?$/.test(text)) return Number(text);
	throw new InvalidArgumentError("It is not a number from 1 to 999.");
}

function setting(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
	const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? [];
	if (name === undefined || value === undefined) throw new InvalidArgumentError("It is not NAME=VALUE.");
	return { ...before, [name]: value };
}

async function show(cluster: Cluster): Promise<void> {
	process.stdout.write(await describeCluster(cluster));
}

const SET = ["--set <name=value>", "a setting of repmgr.conf; may be repeated", setting] as const;

subcommand("up", "bring up hosts")
	.option("-n, --hosts <count>", "how many", count, 4)
	.option("--bare", "without PostgreSQL and repmgr; their packages can be installed offline")
	.option("--number <n>", "network 10.99.N.0/24 (default: the first that is free)", count)
	.option("--formed", "also form the cluster, from the cache if it was formed before")
	.option(...SET)
	.action(
		action(async (cluster, _args, { formed, set }) => {
			await (formed ? cluster.upFormed(set) : cluster.up());
			await show(cluster);
		}),
	);
subcommand("form", "make a cluster of the hosts: primary, standbys, witness, repmgrd everywhere")
	.option(...SET)
	.action(
		action(async (cluster, _args, { set }) => {
			await cluster.form(set);
			await show(cluster);
		}),
	);
subcommand("show", "show hosts, real roles and repmgr's view").action(action(show));
subcommand("save <name>", "keep the present state under a name, until down").action(
	action(async (cluster, [name = ""]) => await cluster.save(name)),
);
subcommand("restore <name>", "bring a saved state back").action(
	action(async (cluster, [name = ""]) => {
		await cluster.restore(name);
		await show(cluster);
	}),
);
subcommand("shell <host> [command...]", "root's shell in a host, or one command there (--prefix comes first)")
	.passThroughOptions()
	.action(
		action(async (cluster, [host = "", ...command]) => {
			// `script` gives the shell a terminal that belongs to the host, without which job control and sudo fail.
			const argv =
				command.length > 0 ? command : ["script", "--quiet", "--command", "bash --login", "/dev/null"];
			await attach(await cluster.enter(host, argv));
		}),
	);
subcommand("console [args...]", "repmgr-console in the bastion")
	.passThroughOptions()
	.allowUnknownOption()
	.action(
		action(async (cluster, args) => {
			// User, key and known hosts come from ~/.ssh there, passwords from ~/.pgpass: as on a real bastion.
			const target = args.some((argument) => NAMES_A_CLUSTER.test(argument))
				? []
				: ["-d", "host=node1 user=repmgr dbname=repmgr"];
			await attach(cluster.inBastion([resolve(REPOSITORY, "bin/repmgr-console"), ...target, ...args]));
		}),
	);
subcommand("bastion <command...>", "run a command in the bastion")
	.passThroughOptions()
	.action(action(async (cluster, args) => await attach(cluster.inBastion(args))));
subcommand("fault <name> <host> [args...]", "break something; see faults").action(
	action(async (cluster, [name = "", host = "", ...args]) => await cluster.fault(name, host, ...args)),
);
subcommand("heal <name> <host> [args...]", "undo a fault").action(
	action(async (cluster, [name = "", host = "", ...args]) => await cluster.heal(name, host, ...args)),
);
program
	.command("faults")
	.description("list the faults")
	.action(() => {
		for (const [name, { usage = "", about }] of Object.entries(FAULTS)) {
			process.stdout.write(`${`${name} HOST ${usage}`.padEnd(40)} ${about}\n`);
		}
	});
subcommand("down", "remove the instance without a trace")
	.option("--all", "every instance on this machine")
	.action(
		action(async (cluster, _args, { all }) => {
			for (const each of all ? await runningClusters() : [cluster]) await each.down();
		}),
	);

/** Gives this terminal to a command until it ends, and takes over its exit code. */
async function attach([file, ...args]: [string, ...string[]]): Promise<void> {
	// Ctrl-C is meant for the command; it reaches us as well because we share its terminal.
	process.on("SIGINT", () => {});
	const child = spawn(file, args, { stdio: "inherit" });
	process.exitCode = await new Promise((done, reject) => {
		child.on("error", reject).on("exit", (code) => done(code ?? 128));
	});
}

try {
	await program.parseAsync();
} catch (error) {
	process.stderr.write(`${describeFailure(error)}\n`);
	process.exitCode = String(error).includes("interrupted") ? 130 : 1;
}
