import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { distrust } from "../config/own-file.ts";
import type { SupportFile } from "../presentation/support-files.ts";
import { formatDateTime } from "../text/format.ts";
import { markdownTable, markdownText } from "../text/markdown.ts";
import { zipOf } from "./zip.ts";

/** A file as it is written. */
export interface WrittenFile {
	/** Relative, with "/". */
	readonly name: string;
	readonly bytes: Buffer;
}

/** A larger file is cut: a log at its beginning, any other at its end; JSON, of which a part says nothing, is left out. */
const LARGEST_FILE = 2 ** 20;
/** All together; what does not fit is left out, and named. */
const LARGEST_BUNDLE = 16 * 2 ** 20;

export const MANIFEST = "MANIFEST.md";

/**
 * The files of a bundle with their list before them. Every text goes through `redact` once more, whatever it comes from.
 *
 * @param unread What could not be read, and why.
 */
export function bundleOf(
	files: readonly SupportFile[],
	unread: readonly string[],
	madeAt: number,
	redact: (text: string) => string,
): readonly WrittenFile[] {
	const kept: WrittenFile[] = [];
	const rows: string[][] = [];
	const left: string[] = [];
	let size = 0;
	for (const { name, text, about, isLog = false } of files) {
		const whole = Buffer.from(redact(text));
		if (name.endsWith(".json") && whole.length > LARGEST_FILE) {
			left.push(`${name}: left out, it has ${whole.length} bytes`);
			continue;
		}
		const bytes = cut(whole, isLog);
		if (size + bytes.length > LARGEST_BUNDLE) {
			left.push(`${name}: left out, the bundle would be larger than ${LARGEST_BUNDLE} bytes`);
			continue;
		}
		size += bytes.length;
		kept.push({ name, bytes });
		const missing = whole.length - bytes.length;
		const note =
			missing === 0
				? ""
				: `; the ${isLog ? "first" : "last"} ${missing} of ${whole.length} bytes are cut off`;
		rows.push([markdownText(name), String(bytes.length), markdownText(redact(`${about}${note}`))]);
	}
	const missing = [...unread, ...left].map((text) => `- ${markdownText(redact(text))}`);
	const manifest = [
		"# What is in here",
		"",
		`Made at ${formatDateTime(madeAt)} UTC. Passwords are replaced by ********; names, addresses and settings are in it.`,
		"",
		...markdownTable(["file", "bytes", "what it is"], rows),
		"",
		"## Not read",
		"",
		...(missing.length === 0 ? ["Everything was read."] : missing),
		"",
	];
	return [{ name: MANIFEST, bytes: Buffer.from(manifest.join("\n")) }, ...kept];
}

/** At a line's end. */
function cut(bytes: Buffer, keepsEnd: boolean): Buffer {
	if (bytes.length <= LARGEST_FILE) return bytes;
	if (!keepsEnd) return bytes.subarray(0, bytes.lastIndexOf("\n", LARGEST_FILE - 1) + 1);
	return bytes.subarray(bytes.indexOf("\n", bytes.length - LARGEST_FILE) + 1);
}

/** Whether a bundle's list would miss files that are there already. */
export function hasOtherFiles(out: string): boolean {
	return !out.endsWith(".zip") && existsSync(out) && readdirSync(out).length > 0;
}

/** Why a link on the way is not trusted; null: there is none, or they are the user's own. */
function distrustedLink(path: string): string | null {
	const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
	const reason = isLink ? distrust(path) : null;
	return reason ?? (path === dirname(path) ? null : distrustedLink(dirname(path)));
}

/**
 * Writes files into a directory, or into one archive if the path ends with ".zip", readable by their owner alone: they name
 * hosts and addresses. Throws the system's error, or why a link on the way is not trusted.
 */
export function writeFiles(out: string, files: readonly WrittenFile[]): void {
	const reason = distrustedLink(out.endsWith(".zip") ? dirname(resolve(out)) : resolve(out));
	if (reason !== null) throw new Error(reason);
	if (out.endsWith(".zip")) {
		mkdirSync(dirname(out), { recursive: true, mode: 0o700 });
		writeOwn(out, zipOf(files));
		return;
	}
	for (const { name, bytes } of files) {
		const path = join(out, name);
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		writeOwn(path, bytes);
	}
}

/** In the place of a file of that name, whoever may read that one. */
function writeOwn(path: string, bytes: Buffer): void {
	rmSync(path, { force: true });
	writeFileSync(path, bytes, { mode: 0o600, flag: "wx" });
	chmodSync(path, 0o600);
}
