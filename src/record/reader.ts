import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { type Configured, refuse, systemMessage } from "../text/message.ts";
import { sanitise } from "../text/sanitise.ts";
import type { Rows } from "./copies.ts";
import { Decoder } from "./decoder.ts";
import { FORMAT, headerSchema, type Mark, type RecordEntry, type RecordHeader } from "./entry.ts";
import { type Frame, framesOf, MAGIC } from "./frames.ts";
import { dictionaryAfter } from "./writer.ts";

/** No keyframe with all that follows it is longer: more would be an attack on memory. */
const LONGEST_TEXT = 256 * 1024 * 1024;

/** A record, or several of one cluster in the order of their time. */
export interface ClusterRecord {
	/** Of the first. */
	readonly header: RecordHeader;
	readonly chapters: readonly Chapter[];
	/** What is wrong with it: where it was cut off or is damaged; what can be read can be shown. Empty: nothing. */
	readonly problems: readonly string[];
	/** Everything in it, in order. Decoded as it goes. */
	readonly entries: () => Generator<RecordEntry>;
}

/** A keyframe and what follows it, until the next one. */
export interface Chapter {
	/** Epoch ms of the keyframe, and of the last entry. */
	readonly from: number;
	readonly to: number;
	/** With their times; read without the rest. */
	readonly marks: readonly { readonly at: number; readonly mark: Mark }[];
	/** Of the header: chapters of the same recording continue each other. */
	readonly recording: string;
	/** The keyframe first. Decoded lazily, again at each call. */
	readonly entries: () => Generator<RecordEntry>;
}

/** Reads records of one cluster. A file that was cut off, at whatever byte, gives what is whole in it. */
export function readRecord(paths: readonly string[]): Configured<ClusterRecord> {
	const problems: string[] = [];
	const known = new Map<string, Rows>();
	const read: ReturnType<typeof readFile>[] = [];
	for (const path of paths) {
		let bytes: Buffer;
		try {
			bytes = readFileSync(path);
		} catch (error) {
			return refuse({ message: `could not read "${path}": ${systemMessage(error)}`, exitCode: 78 });
		}
		const begin = bytes.subarray(0, MAGIC.length);
		if (!begin.equals(MAGIC.subarray(0, begin.length)))
			return refuse({
				message: `"${path}" is no record`,
				hint: 'A record is written by "repmgr-console --record FILE".',
				exitCode: 78,
			});
		read.push(readFile(path, bytes, problems, known));
	}
	if (read.length > 0 && read.every(({ isForeign }) => isForeign))
		return refuse({
			message: `the header of "${paths[0]}" can't be read`,
			detail: "It was written by another version of repmgr-console, or is damaged.",
			hint: "Open it with the version that recorded it.",
			exitCode: 78,
		});
	const header = read.find((one) => one.header !== null)?.header ?? NO_HEADER;
	const all = read.flatMap((one) => one.chapters).toSorted((one, other) => one.from - other.from);
	const chapters = withoutOverlaps(all);
	if (chapters.length < all.length)
		problems.push("several consoles recorded at the same time: of such times one record is shown");
	return {
		value: {
			header,
			chapters,
			problems,
			*entries() {
				for (const chapter of chapters) yield* chapter.entries();
			},
		},
	};
}

/** Two consoles may have recorded at the same time. */
function withoutOverlaps(chapters: readonly Chapter[]): readonly Chapter[] {
	const kept: Chapter[] = [];
	for (const chapter of chapters) {
		const last = kept.at(-1);
		const isOther = last !== undefined && last.recording !== chapter.recording;
		if (!isOther || chapter.from >= last.to) kept.push(chapter);
	}
	return kept;
}

/** Of a file that was cut off before the end of its header. */
const NO_HEADER: RecordHeader = {
	format: FORMAT,
	version: "",
	cluster: "unknown",
	recording: "",
	who: "",
	startedAt: 0,
	sshOff: null,
	isReadOnly: false,
	thresholds: {},
	detail: "full",
};

function readFile(path: string, bytes: Buffer, problems: string[], known: Map<string, Rows>) {
	const { frames, size } = framesOf(bytes.subarray(MAGIC.length));
	const rest = bytes.length - MAGIC.length - size;
	if (rest > 0)
		problems.push(`"${path}" is cut off or damaged: its last ${rest} of ${bytes.length} bytes are left out`);
	if (rest <= 0 && frames.length === 0) problems.push(`"${path}" is cut off before anything was recorded`);
	const [first, ...others] = frames;
	const header = first?.kind === "H" ? headerOf(first.payload) : null;
	const isForeign = first !== undefined && header === null;
	if (isForeign) problems.push(`"${path}" is left out: its header is damaged or of another version`);
	const chapters: Chapter[] = [];
	let open: Frame[] = [];
	const close = (): void => {
		const chapter = open.length === 0 ? null : chapterOf(open, header?.recording ?? "", known);
		if (typeof chapter === "string") problems.push(`a part of "${path}" is left out: ${chapter}`);
		else if (chapter !== null) chapters.push(chapter);
		open = [];
	};
	for (const one of header === null ? [] : others) {
		if (one.kind === "K") close();
		if (one.kind === "K" || open.length > 0) open.push(one);
	}
	close();
	return { header, chapters, isForeign };
}

function headerOf(payload: Buffer): RecordHeader | null {
	try {
		const read = headerSchema.safeParse(sanitise(JSON.parse(payload.toString())));
		return read.success ? (read.data as RecordHeader) : null;
	} catch {
		return null;
	}
}

/** @returns why it can't be read, as a text. */
function chapterOf(frames: readonly Frame[], recording: string, known: Map<string, Rows>): Chapter | string {
	try {
		const { keyframe, lines } = textOf(frames);
		const decoder = new Decoder(known);
		const begin = decoder.keyframe(keyframe);
		let at = timeIn(begin.at);
		const marks: { at: number; mark: Mark }[] = [];
		for (const line of lines) {
			const [kind, ms] = /^\["([a-z])",(-?\d+)/.exec(line)?.slice(1) ?? [];
			if (kind !== undefined && kind !== "c") at = timeIn(at + Number(ms));
			if (kind === "m") marks.push({ at, mark: sanitise((JSON.parse(line) as unknown[])[2]) as Mark });
		}
		return {
			from: begin.at,
			to: at,
			marks,
			recording,
			*entries() {
				const decoder = new Decoder(known);
				const { keyframe, lines } = textOf(frames);
				yield decoder.keyframe(keyframe);
				for (const line of lines) {
					const entry = decoder.line(line);
					if (entry !== null) yield entry;
				}
			},
		};
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/** Throws at what no clock shows. */
function timeIn(at: number): number {
	if (Number.isNaN(new Date(at).getTime())) throw new Error("an impossible time");
	return at;
}

/** The keyframe's text, and the lines of all blocks. */
function textOf([first, ...blocks]: readonly Frame[]): {
	readonly keyframe: string;
	readonly lines: readonly string[];
} {
	let left = LONGEST_TEXT;
	const inflated = (payload: Buffer, dictionary?: Buffer): Buffer => {
		const bytes = inflateRawSync(payload, {
			maxOutputLength: Math.max(1, left),
			...(dictionary && { dictionary }),
		});
		left -= bytes.length;
		return bytes;
	};
	const keyframe = inflated(first?.payload ?? Buffer.alloc(0)).toString();
	let before: Buffer = Buffer.alloc(0);
	const texts = blocks.map(({ payload }) => {
		const bytes = inflated(payload, before);
		before = dictionaryAfter(before, bytes);
		return bytes.toString();
	});
	return { keyframe, lines: texts.join("").split("\n").filter(Boolean) };
}
