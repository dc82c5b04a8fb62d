import { writeFile } from "node:fs/promises";
import type {
	Bootstrap,
	OperationSummary,
	Prepared,
	Progress,
	Proof,
	Refusal,
} from "../bootstrap/bootstrap.ts";
import { type Shape, writeInventory } from "../config/inventory-template.ts";
import type { Session } from "../session/session.ts";
import { formatDateTime, formatSeconds } from "../text/format.ts";
import type { Configured } from "../text/message.ts";
import type { BootstrapOptions } from "./bootstrap-arguments.ts";
import { sessionProofs } from "./bootstrap-proofs.ts";
import { bootstrapReport } from "./bootstrap-report.ts";
import { EXIT_CODE, OPERATION_EXIT } from "./exit-code.ts";
import { errorText, type Interaction, type Output } from "./terminal.ts";

/** `bootstrap init`: writes the commented inventory, but never over an existing file. */
export function bootstrapInit(
	{
		hosts,
		shape,
		inventory,
	}: { readonly hosts: readonly string[]; readonly shape: Shape | null; readonly inventory: string },
	output: Output,
): number {
	const written = writeInventory(inventory, hosts, shape);
	if (written.problems !== undefined) {
		output.err(errorText(...written.problems));
		return EXIT_CODE.configuration;
	}
	output.out(`wrote ${written.value}`);
	return EXIT_CODE.ok;
}

/** Survey, plan, confirmation, the work, and the proof. @param watch opens a session on the new cluster. */
export async function bootstrapCommand(
	bootstrap: Bootstrap,
	options: BootstrapOptions,
	output: Output,
	interaction: Interaction,
	watch: (conninfo: string) => Promise<Configured<Session>>,
): Promise<number> {
	const { json, runbook, dryRun, undo } = options;
	const before = bootstrap.unended();
	if (before !== null) output.err(unendedText(before));
	const prepared = await withSudo(bootstrap, undo, interaction);
	if ("refusals" in prepared) {
		if (json) output.out(JSON.stringify({ schema: 1, refusals: prepared.refusals }, null, 2));
		else output.err(`${errorText(...prepared.refusals)}\nNothing was changed.`);
		return OPERATION_EXIT.refused;
	}
	if (json && dryRun) output.out(JSON.stringify({ schema: 1, plan: prepared.record }, null, 2));
	else if (runbook) output.out(planText(prepared, "markdown"));
	else if (!json) output.out(planText(prepared, "text"));
	if (dryRun || runbook) return OPERATION_EXIT.done;

	const worked = prepared.left === 0 ? null : await work(bootstrap, prepared, options, output, interaction);
	if (typeof worked === "number") return worked;
	return undo
		? undone(worked ?? [], options, output)
		: await proved(bootstrap, prepared, worked ?? bootstrap.proofs(), options, output, watch);
}

/** Plans; asks once for the password that sudo on the hosts wants. */
async function withSudo(bootstrap: Bootstrap, undo: boolean, { isInteractive, ask }: Interaction) {
	const prepare = () => (undo ? bootstrap.prepareUndo() : bootstrap.prepare());
	const prepared = await prepare();
	if (!("refusals" in prepared) || !isInteractive) return prepared;
	const asks = prepared.refusals.find(({ asksForSudoPassword }: Refusal) => asksForSudoPassword === true);
	const password = asks === undefined ? null : await ask(`${asks.message}: `, "hidden");
	if (password === null || password === "") return prepared;
	if (!bootstrap.giveSudoPassword(password))
		return { refusals: [{ message: "that can't be a password for sudo" }] };
	return await prepare();
}

/** Asks, and carries it out. @returns what was proved, or the exit code where it did not end well. */
async function work(
	bootstrap: Bootstrap,
	prepared: Prepared,
	options: BootstrapOptions,
	output: Output,
	interaction: Interaction,
): Promise<readonly Proof[] | number> {
	const { json, undo, takeOver } = options;
	const objection = await agreed(bootstrap, prepared, options, interaction);
	if (objection !== null) {
		output.err(errorText({ message: `bootstrap: ${objection}`, detail: "Nothing was changed." }));
		return OPERATION_EXIT.refused;
	}
	const controller = new AbortController();
	const forget = [interaction.onInterrupt, interaction.onTerminate].map((on) => on(() => controller.abort()));
	const told = (progress: Progress) => tell(progress, json, output);
	const ended = await (undo
		? bootstrap.undo(told, controller.signal, takeOver)
		: bootstrap.carryOut(told, controller.signal, takeOver));
	for (const one of forget) one();
	switch (ended.kind) {
		case "refused":
			output.err(errorText(ended.refusal));
			return OPERATION_EXIT.refused;
		case "failed":
		case "interrupted":
			output.err(
				`repmgr-console: ${ended.kind}\nHINT:  Run the same command again: it goes on with what is not done yet.`,
			);
			if (json) output.out(JSON.stringify({ schema: 1, outcome: ended.kind }, null, 2));
			return ended.kind === "failed" ? OPERATION_EXIT.failed : OPERATION_EXIT.interrupted;
		case "done":
			return ended.proofs;
	}
}

/** The end of an undo. */
function undone(proofs: readonly Proof[], { json }: BootstrapOptions, output: Output): number {
	const isOk = proofs.every((proof) => proof.isOk);
	if (json) output.out(JSON.stringify({ schema: 1, outcome: "done", isOk, proofs }, null, 2));
	else if (proofs.length > 0) output.out(proofLines(proofs).join("\n"));
	return isOk ? OPERATION_EXIT.done : OPERATION_EXIT.failed;
}

/** The end of a bootstrap: what the new cluster itself shows, and the report. */
async function proved(
	bootstrap: Bootstrap,
	prepared: Prepared,
	known: readonly Proof[],
	{ json, reportFile }: BootstrapOptions,
	output: Output,
	watch: (conninfo: string) => Promise<Configured<Session>>,
): Promise<number> {
	const proofs = [...known];
	if (bootstrap.conninfo !== null) {
		if (!json) output.err("checking the cluster…");
		proofs.push(...(await sessionProofs(() => watch(bootstrap.conninfo ?? ""))));
	}
	const isOk = proofs.every((proof) => proof.isOk);
	if (json) output.out(JSON.stringify({ schema: 1, outcome: "done", isOk, proofs }, null, 2));
	else output.out(proofText(proofs, bootstrap));
	if (reportFile !== null) {
		await writeFile(reportFile, bootstrapReport(bootstrap, prepared.plan.version, proofs));
		output.err(`wrote the report to ${reportFile}`);
	}
	return isOk ? OPERATION_EXIT.done : OPERATION_EXIT.failed;
}

/** Names a bootstrap that was begun from this machine and has not ended. */
export function unendedText({ title, who, startedAt, again = "" }: OperationSummary): string {
	return [
		`NOTICE:  ${title} was begun on ${formatDateTime(startedAt)} UTC by ${who}, and has not ended`,
		`HINT:  To go on with it, run: ${again}`,
	].join("\n");
}

function planText({ lines, warnings, left }: Prepared, style: "text" | "markdown"): string {
	return [
		...lines(style),
		...(warnings.length === 0 ? [] : [""]),
		...warnings.map((warning) => (style === "markdown" ? `> Warning: ${warning}` : `WARNING:  ${warning}`)),
		...(left === 0 && style === "text" ? ["", "Nothing is left to be done: no host was changed."] : []),
	].join("\n");
}

/** @returns null if confirmed, else why not. */
async function agreed(
	{ inventory: { cluster } }: Bootstrap,
	{ losesData }: Prepared,
	{ yes, deleteData }: BootstrapOptions,
	{ isInteractive, ask }: Interaction,
): Promise<string | null> {
	if (deleteData !== null && deleteData !== cluster)
		return `the cluster is "${cluster}", not "${deleteData}"`;
	if (yes && (!losesData || deleteData !== null)) return null;
	if (!isInteractive)
		return losesData
			? `all data of the cluster would be deleted; pass --yes and --delete-data ${cluster}`
			: "not a terminal; pass --yes";
	const what = losesData ? "delete all of its data" : "carry this out";
	const answer = await ask(`Type the name of the cluster, ${cluster}, to ${what}: `);
	return answer?.trim() === cluster ? null : "not confirmed";
}

/** Progress goes to standard error where the result is for programs. */
function tell(progress: Progress, json: boolean, output: Output): void {
	const line = json ? output.err : output.out;
	if (progress.kind === "surveyed") {
		line(
			progress.left === 0
				? "all hosts are as planned"
				: `all hosts were read again: ${progress.left} steps are left`,
		);
		return;
	}
	if (progress.kind === "refused") {
		output.err(errorText(progress.refusal));
		return;
	}
	const { node, title } = progress.step;
	switch (progress.kind) {
		case "begun":
			line(`${node}: ${title}…`);
			return;
		case "done":
			line(`${node}: ${title}: done (${formatSeconds(progress.milliseconds / 1000)})`);
			return;
		case "failed":
			output.err(
				[
					`${node}: ${title}: FAILED. ${progress.reason}`,
					...progress.output.split("\n").map((one) => `    ${one}`),
				]
					.join("\n")
					.trimEnd(),
			);
			return;
		case "output":
	}
}

function proofText(proofs: readonly Proof[], { watchLine }: Bootstrap): string {
	return [
		"",
		"Proof:",
		...proofLines(proofs),
		...(watchLine === null ? [] : ["", `Watch it:  ${watchLine}`]),
	].join("\n");
}

function proofLines(proofs: readonly Proof[]): readonly string[] {
	return proofs.map(({ title, isOk, found }) =>
		`  ${isOk ? "ok    " : "FAILED"}  ${title}. ${found}`.trimEnd(),
	);
}
