import { type Command, InvalidArgumentError, Option } from "commander";
import type { AccessOptions } from "./access-options.ts";
import type { OperateOptions } from "./operate.ts";
import type { RunsAction } from "./runs.ts";
import type { Wish } from "./wish.ts";

/** Invocations of what may change a cluster. */
export type OperationInvocation =
	| {
			readonly command: "operate";
			readonly access: AccessOptions;
			readonly wish: Wish;
			readonly options: OperateOptions;
	  }
	| {
			readonly command: "runs";
			readonly access: AccessOptions;
			readonly action: RunsAction;
			readonly json: boolean;
	  };

interface Given {
	/** Makes a subcommand with the options of access. */
	readonly add: (nameAndArguments: string) => Command;
	readonly accessOf: (options: Record<string, unknown>) => AccessOptions;
	readonly take: (invocation: OperationInvocation) => void;
}

/** Adds the commands that change a cluster. */
export function addOperations({ add, accessOf, take }: Given): void {
	/** A command with a plan; `wishOf` gets its arguments and options. */
	const operation = (
		name: string,
		description: string,
		wishOf: (words: readonly string[], options: Record<string, unknown>) => Wish,
	): Command =>
		add(name)
			.description(description)
			.option("--dry-run", "only show the plan, and repmgr's own trial of it")
			.option("--runbook", "only print the plan as Markdown, for somebody who carries it out by hand")
			.option("--yes", "ask nothing; what may be lost is not accepted by it")
			.option("--json", "as JSON (schema 1)")
			.action((...all: unknown[]) => {
				const command = all.at(-1) as Command;
				const options = command.optsWithGlobals<Record<string, unknown>>();
				take({
					command: "operate",
					access: accessOf(options),
					wish: wishOf(command.args, options),
					options: {
						json: options.json === true,
						runbook: options.runbook === true,
						dryRun: options.dryRun === true,
						yes: options.yes === true,
						acceptLoss: (options.acceptLoss ?? null) as OperateOptions["acceptLoss"],
						reportFile: typeof options.report === "string" ? options.report : null,
					},
				});
			});

	operation("switchover", "make a standby the primary, and the primary a standby", (_, options) => ({
		kind: "switchover",
		node: String(options.to),
		siblingsFollow: options.siblingsFollow !== false,
		forceRewind: options.forceRewind === true,
		acceptLostSlots: options.acceptLostSlots === true,
	}))
		.requiredOption("--to <node>", "the standby that is to become the primary: its name, or its id")
		.option("--no-siblings-follow", "leave the other nodes where they are")
		.option("--force-rewind", "rewind the old primary should it have gone past the new one")
		.option("--accept-lost-slots", "although logical slots stay behind, and their subscribers with them");

	operation(
		"promote <node>",
		"make a standby the primary where the primary is lost",
		([node = ""], options) => ({
			kind: "promote",
			node,
			siblingsFollow: options.siblingsFollow !== false,
			acceptLesser: options.acceptLesser === true,
		}),
	)
		.option("--no-siblings-follow", "leave the other standbys where they are")
		.option("--accept-lesser", "although another standby has more WAL, which is lost then")
		.option("--accept-loss <bytes>", ACCEPT_LOSS, byteNumber);

	operation(
		"rejoin <node>",
		"make a node that was stopped, a former primary, a standby of the primary",
		([node = ""], options) => ({
			kind: "rejoin",
			node,
			forceRewind: options.forceRewind === true,
			stopFirst: options.stopFirst === true,
		}),
	)
		.option("--force-rewind", "rewind it should it have WAL that the primary never had, which is lost then")
		.option(
			"--stop-first",
			"stop it should it run; a second primary is stopped by an operation of its own: stop",
		)
		.option("--accept-loss <bytes>", ACCEPT_LOSS, byteNumber);

	operation(
		"drill",
		"take the primary away on purpose, and measure what repmgrd makes of it",
		(_, options) => ({
			kind: "drill",
			node: typeof options.node === "string" ? options.node : null,
			how: options.how === "kill" ? "kill" : "stop",
		}),
	)
		.option("--node <node>", "the primary; refused where it is another node")
		.addOption(
			new Option("--how <how>", "stop it in good order, or kill its postmaster as a crash would")
				.choices(["stop", "kill"])
				.default("stop"),
		)
		.option("--accept-loss <bytes>", ACCEPT_LOSS, byteNumber)
		.option("--report <file>", "write the report there, too, as Markdown");

	operation("follow <node>", "give a standby another upstream", ([node = ""], options) => ({
		kind: "follow",
		node,
		upstream: typeof options.upstream === "string" ? options.upstream : null,
	})).option("--upstream <node>", "instead of the primary");

	for (const [kind, description] of [
		["pause", "keep repmgrd from failing over, on every node"],
		["unpause", "let repmgrd fail over again, on every node"],
	] as const) {
		operation(kind, description, (_, { reason }) => ({
			kind,
			reason: typeof reason === "string" ? reason : "",
		})).option(
			"--reason <text>",
			"why; noted in the journal, and seen by every user of this machine (ps) while this runs",
		);
	}

	for (const [name, kind, description] of [
		["start <node>", "start", "start PostgreSQL on a node that is stopped"],
		["stop <node>", "stop", "stop PostgreSQL on a node, e.g. the wrong primary of a split brain"],
		["restart <node>", "restart", "restart PostgreSQL on a node"],
		["repmgrd-start <node>", "repmgrd-start", "start repmgrd on a node"],
		["repmgrd-stop <node>", "repmgrd-stop", "stop repmgrd on a node"],
		["witness-register <node>", "witness-register", "register a witness with the present primary"],
		["unregister <node>", "unregister", "take the row of a node that is out of use from repmgr.nodes"],
	] as const) {
		operation(name, description, ([node = ""]) => ({ kind, node }));
	}

	operation(
		"register <node>",
		"write a node's row in repmgr.nodes again, as what it is seen to be and as its repmgr.conf says",
		([node = ""], { configFile }) => ({
			kind: "register",
			node,
			configFile: typeof configFile === "string" ? configFile : "/etc/repmgr.conf",
		}),
	).option(
		"--config-file <path>",
		"of a standby without a row, given by its name or address: its repmgr.conf",
	);

	operation("cleanup", "delete repmgr's monitoring history", (_, { keepHistory }) => ({
		kind: "cleanup",
		keepDays: typeof keepHistory === "number" ? keepHistory : 0,
	})).option("--keep-history <days>", "but for that of the last days", dayNumber);

	const runs = add("runs [action] [id]")
		.description("list operations; `runs resume ID` takes up one that was interrupted")
		.option("--json", "as JSON (schema 1)")
		.option("--break-lock <cluster>", "take the lock away, whoever holds it: the cluster's name, to be sure")
		.action((action: string | undefined, id: string | undefined, _: unknown, command: Command) => {
			const options = command.optsWithGlobals<Record<string, unknown>>();
			if (action !== undefined && (action !== "resume" || id === undefined)) {
				runs.error('error: it is "runs", or "runs resume ID"', { exitCode: 64 });
			}
			take({
				command: "runs",
				access: accessOf(options),
				json: options.json === true,
				action:
					typeof options.breakLock === "string"
						? { kind: "break lock", clusterName: options.breakLock }
						: id === undefined
							? { kind: "list" }
							: { kind: "resume", operationId: id },
			});
		});
}

const ACCEPT_LOSS =
	'how many bytes may be lost at most, or "unknown" where the plan can\'t tell; with --yes nothing is asked then';

function byteNumber(text: string): number | "unknown" {
	if (text === "unknown") return text;
	if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a number of bytes, or "unknown".');
	return Number(text);
}

function dayNumber(text: string): number {
	if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError("It must be a number of days.");
	return Number(text);
}
