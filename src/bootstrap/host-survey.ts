import * as z from "zod";
import { sanitiseText } from "../text/sanitise.ts";

/** A file that was found; the content is as it is, and may hold secrets. */
export interface FoundFile {
	readonly mode: string;
	readonly owner: string;
	readonly content: string;
}

/** What a host has and offers, as SURVEY_SCRIPT printed it. */
export type HostSurvey = z.output<typeof surveySchema>;
export type FileKey = z.output<typeof fileKey>;

const word = z.string().max(1000);
const number = z.coerce.number().int().nonnegative();
const flag = z.literal("yes").optional();
const fileKey = z.enum([
	"repmgr.conf",
	"createcluster",
	"sudoers",
	"unit",
	"settings",
	"synchronous",
	"hba",
	"pgpass",
	"authorized_keys",
	"known_hosts",
]);
const address = z.string().regex(/^[0-9A-Fa-f:.]+$/);

const surveySchema = z.object({
	/** Epoch ms, by the host's clock. */
	time: z.coerce.number().transform((seconds) => seconds * 1000),
	os: word.default(""),
	like: word.default(""),
	release: word.default(""),
	hostname: word,
	systemd: flag,
	apt: flag,
	memory: number.catch(0),
	/** What apt said when it could not read its sources. */
	sources: word.optional(),
	installed: z.array(z.tuple([word, word])),
	offered: z.array(z.tuple([number, word, word])),
	version: number.or(z.literal("").transform(() => null)),
	data: word,
	/** A step of a bootstrap at the data directory has not ended. */
	unfinished: flag,
	/** What else lies where a bootstrap's mark would be. */
	beside: z.enum(["clone", "other"]).optional(),
	found: z.enum(["nothing", "empty", "cluster", "link", "other"]),
	standby: flag,
	identifier: z.string().regex(/^\d+$/).optional(),
	/** Size and free space where the data directory will be, in kB. */
	disk: z.tuple([number, number]).or(z.tuple([]).transform(() => null)),
	/** data_directory of the cluster VERSION/main. */
	configured: word.optional(),
	/** Configuration directories of other clusters. */
	other: z.array(word),
	running: flag,
	listening: flag,
	/** Can postgres write the archive's directory? "closed": there is no postgres yet, and not every user can. */
	archive: z.enum(["missing", "unwritable", "closed", "there"]).optional(),
	/** How many files of WAL it has. */
	archived: number.optional(),
	/** There is a certificate of ours, with its key. */
	certificate: flag,
	home: word.optional(),
	/** The file by which libpq checks servers' certificates as postgres. */
	authority: word.optional(),
	key: z
		.string()
		.regex(/^ssh-ed25519 [A-Za-z0-9+/=]+$/)
		.optional(),
	/** Names of what the console's operations hold or have left. */
	left: z.array(z.string().regex(/^(lock|rewind|fence)-[A-Za-z0-9._?-]*$/)),
	/** What bootstraps have noted before they changed anything (record.ts). */
	record: z.array(word),
	hostkey: z.array(z.string().regex(/^[a-z0-9-]+ [A-Za-z0-9+/=]+$/)),
	repmgrd: z.array(word),
	own: z.array(address),
	name: z.array(z.tuple([word, address])),
	source: z.array(z.tuple([word, address])),
	port: z.array(z.tuple([word, number, z.enum(["open", "refused", "silent", "unreachable"])])),
	sql: z
		.object({
			recovery: z.boolean(),
			role: z.boolean().nullable(),
			database: z.boolean(),
			/** synchronous_standby_names */
			synchronous: z.string().default(""),
			watcher: z.boolean().nullable(),
			receiver: z.string().nullable(),
			/** Name or address of the server that it receives from, as its connection has it. */
			sender: z.string().nullable(),
		})
		.optional(),
	node: z.array(
		z.object({
			id: z.int(),
			name: z.string(),
			type: z.string(),
			upstream: z.int().nullable(),
			active: z.boolean(),
			location: z.string(),
			priority: z.int(),
			conninfo: z.string(),
		}),
	),
	granted: flag,
	/** Roles that can log in to the server here by the password file. */
	login: z.array(word),
	files: z.map(fileKey, z.object({ mode: word, owner: word, content: z.string() })),
	end: z.literal("yes"),
});

/** Keys that may come several times, with the number of words; the last one takes the rest of the line. */
const LISTS: Readonly<Record<string, number>> = {
	installed: 2,
	offered: 3,
	other: 1,
	hostkey: 1,
	left: 1,
	record: 1,
	own: 1,
	name: 2,
	source: 2,
	port: 3,
	login: 1,
};

/** Null: it is not what the script prints. */
export function parseHostSurvey(text: string): HostSurvey | null {
	const single: Record<string, unknown> = {};
	const lists: Record<string, unknown[]> = Object.fromEntries(Object.keys(LISTS).map((key) => [key, []]));
	const files = new Map<string, unknown>();
	const nodes: unknown[] = [];
	try {
		for (const line of text.split("\n")) {
			const [key = "", ...words] = line.split(" ");
			const rest = words.join(" ");
			const count = LISTS[key];
			if (key === "") continue;
			else if (key === "file") {
				const [name = "", mode, owner, base64 = ""] = words;
				files.set(name, { mode, owner, content: Buffer.from(base64, "base64").toString("utf8") });
			} else if (key === "node") nodes.push(JSON.parse(rest));
			else if (key === "sql") single.sql = JSON.parse(rest);
			else if (key === "disk" || key === "repmgrd") single[key] = words.filter((one) => one !== "");
			else if (count === undefined) single[key] = sanitiseText(rest.trim());
			else if (count === 1) lists[key]?.push(sanitiseText(rest));
			else if (words.length >= count) {
				lists[key]?.push([...words.slice(0, count - 1), words.slice(count - 1).join(" ")].map(sanitiseText));
			}
		}
	} catch {
		return null;
	}
	return surveySchema.safeParse({ ...single, ...lists, files, node: nodes }).data ?? null;
}
