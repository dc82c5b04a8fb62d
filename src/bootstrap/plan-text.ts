import { shellWords } from "../text/shell.ts";
import type { BootstrapPlan } from "./plan.ts";
import type { BootstrapStep, FileWork } from "./step.ts";

/** Lines of context around a change. */
const CONTEXT = 2;

/** What changes in a file, as lines that begin with "+", "-" or " ". */
export function diffOf({ before, content }: Pick<FileWork, "before" | "content">): readonly string[] {
	if (content === null) return ["(its content is known once every host has its key)"];
	const [old, wanted] = [linesOf(before), linesOf(content)];
	// Our files are short and change little: what is the same at both ends stays.
	let head = 0;
	while (head < old.length && head < wanted.length && old[head] === wanted[head]) head += 1;
	let tail = 0;
	while (
		tail < old.length - head &&
		tail < wanted.length - head &&
		old[old.length - 1 - tail] === wanted[wanted.length - 1 - tail]
	) {
		tail += 1;
	}
	return [
		...wanted.slice(Math.max(0, head - CONTEXT), head).map((line) => ` ${line}`),
		...old.slice(head, old.length - tail).map((line) => `-${line}`),
		...wanted.slice(head, wanted.length - tail).map((line) => `+${line}`),
		...wanted
			.slice(wanted.length - tail)
			.slice(0, CONTEXT)
			.map((line) => ` ${line}`),
	];
}

function linesOf(text: string): readonly string[] {
	return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** The plan, by host; steps that are done already are only counted. @param redact takes passwords out. */
export function planLines(
	{ cluster, version, steps }: BootstrapPlan,
	redact: (text: string) => string,
	style: "text" | "markdown",
	what: "Bootstrap" | "Undo",
): readonly string[] {
	const title = what === "Undo" ? "Undo of the bootstrap" : what;
	const heading = (level: number, text: string) =>
		style === "markdown"
			? ["", `${"#".repeat(level)} ${text}`, ""]
			: level === 3
				? [`  ${text}`]
				: ["", text];
	const code = (language: string, lines: readonly string[]) =>
		style === "markdown" ? [`\`\`\`${language}`, ...lines, "```"] : lines.map((line) => `      ${line}`);
	const names = [...new Set(steps.map(({ node }) => node))];
	return [
		style === "markdown"
			? `# ${title} of the cluster ${cluster}, PostgreSQL ${version}`
			: `${title} of the cluster "${cluster}", PostgreSQL ${version}`,
		...names.flatMap((name) => {
			const own = steps.filter(({ node }) => node === name);
			const todo = own.filter(({ isDone }) => !isDone);
			const done = own.length - todo.length;
			const count = done === 0 ? "" : ` (${done} of ${own.length} steps are done already)`;
			return [
				...heading(2, `On ${name}, as root${count}`),
				...(todo.length === 0
					? [style === "markdown" ? "Nothing is left to be done." : "  nothing is left to be done"]
					: []),
				...todo.flatMap((step) => [
					...heading(3, titleOf(step)),
					...(step.work.kind === "file"
						? code("diff", diffOf(step.work).map(redact))
						: code("sh", step.work.shown.map(redact))),
				]),
			];
		}),
	];
}

export function titleOf({ title, work }: BootstrapStep): string {
	if (work.kind === "command") return title;
	const { path, owner, mode, part } = work;
	return `${title}: ${part === "block" ? "lines at the top of " : ""}${shellWords([path])} (${owner}, ${mode})`;
}
