import type { CloneSource, CloneSurvey } from "../../model/clone-survey.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";

export function upstreamCanServe(upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} can be the upstream`;
	const { role, status } = upstream.observed;
	return role === "primary" || (role === "standby" && status === "streaming")
		? ok(title, `It is a ${role}, ${status}.`)
		: failed(title, `It is ${status}.`, "Choose the primary, or a standby that streams: --upstream NODE");
}

export function namesHost({ registered, nodeName }: NodeView): Prerequisite {
	const title = `the conninfo of "${nodeName}" leads there from other hosts`;
	return registered.host === null || registered.host.startsWith("/")
		? failed(title, "It names no host, or can't be read.", "Register it with a host.")
		: ok(title, `It names ${registered.host}.`);
}

/** What a server says that has no walsender or connection free (InitProcess() in proc.c, InitPostgres() in postinit.c). */
const NONE_FREE =
	/max_wal_senders|requested standby connections|too many clients|connection slots are reserved/;

/** repmgr and pg_basebackup log in from the host that is cloned; both were tried with psql, which reads the same .pgpass. */
export function reachesUpstream(survey: CloneSurvey, upstream: NodeView): readonly Prerequisite[] {
	const { host, port, user, database } = upstream.registered;
	const pgpass = (name: string): string =>
		[host ?? "localhost", port, name, user ?? "*", "PASSWORD"].join(":");
	const check = (what: string, fault: string | null, name: string): Prerequisite => {
		const title = `a ${what} connection to ${quoted(upstream)} can be made from there`;
		if (fault === null) return ok(title, "It was made, as repmgr will.");
		return failed(
			title,
			`psql says: ${fault}`,
			NONE_FREE.test(fault)
				? `End base backups and other receivers of ${quoted(upstream)}, or raise max_wal_senders or max_connections there (needs a restart).`
				: `Fix pg_hba.conf on ${quoted(upstream)} and reload it, or put "${pgpass(name)}" into ~/.pgpass of the owner of the database there.`,
		);
	};
	return [
		check("repmgr", survey.loginFault, database ?? "*"),
		check("replication", survey.replicationFault, "replication"),
	];
}

export function isOfOneCluster({ snapshot }: Facts, source: CloneSource): Prerequisite {
	const title = "the upstream is a server of this cluster";
	const ours = snapshot.cluster.systemIdentifier;
	if (source.systemIdentifier === null)
		return unknown(title, "Its system identifier can't be read from there.");
	return source.systemIdentifier === ours
		? ok(title, `Its system identifier is ${ours}.`)
		: failed(
				title,
				`From there, its address leads to a server with the system identifier ${source.systemIdentifier}, and the cluster's is ${ours}.`,
				"Check how that host resolves the registered host name.",
			);
}

/** pg_basebackup copies from a server of its own major version, and the new server has to read what it copied. */
export function fitsVersion(survey: CloneSurvey, source: CloneSource): Prerequisite {
	const title = "the same major version of PostgreSQL is installed there";
	const wanted = Math.floor(source.version / 10_000);
	const [, major] = /(\d+)(?:\.\d+|devel|beta\d+|rc\d+)/.exec(survey.pgBasebackup ?? "") ?? [];
	const fix = `Install PostgreSQL ${wanted} there, or set pg_bindir in repmgr.conf.`;
	if (survey.pgBasebackup === null) return failed(title, "No pg_basebackup was found there.", fix);
	if (major === undefined) return failed(title, `It says "${survey.pgBasebackup}".`, fix);
	return Number(major) === wanted
		? ok(title, `${survey.pgBasebackup}.`)
		: failed(title, `${survey.pgBasebackup}; the upstream has ${wanted}.`, fix);
}

/** pg_basebackup takes two walsenders with -X stream; the new server one, when that has ended. */
export function roomOnUpstream(source: CloneSource, upstream: NodeView, isNewSlot: boolean): Prerequisite {
	const title = `walsenders and slots free on ${quoted(upstream)}`;
	const { freeWalSenders, freeSlots } = source;
	const slots = isNewSlot ? 2 : 1;
	const found = `2 walsenders and ${slots} slot${slots === 1 ? "" : "s"} will be needed; free are ${freeWalSenders ?? "an unknown number"} of max_wal_senders and ${freeSlots} of max_replication_slots.`;
	if (freeWalSenders !== null && freeWalSenders < 2)
		return failed(title, found, "Raise max_wal_senders there (needs a restart), or end a base backup.");
	return freeSlots < slots
		? failed(title, found, "Drop unused slots there, or raise max_replication_slots (needs a restart).")
		: ok(title, found);
}

/** A slot keeps what the copy needs, unless it is limited. */
export function keepsWal({ slotKeeps }: CloneSource, upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} keeps its WAL as long as it is needed`;
	return slotKeeps === null
		? ok(title, "A slot keeps it, without a limit.")
		: warning(
				title,
				`A slot keeps it, up to max_slot_wal_keep_size, ${slotKeeps}: if more is written during the copy, the clone fails.`,
				"Raise max_slot_wal_keep_size there for the time of the clone; a reload suffices.",
			);
}

/** Indexes over text are sorted by the C library of the host where they were made (manual, 24.2.2.3). */
export function sameCollation(survey: CloneSurvey, source: CloneSource): Prerequisite {
	const title = "collations sort alike on both hosts";
	if (survey.libcVersion === null || source.libcVersion === null)
		return unknown(title, "The version of the C library can't be read on both.");
	return survey.libcVersion === source.libcVersion
		? ok(title, `Both have version ${survey.libcVersion} of the C library.`)
		: warning(
				title,
				`The C library has version ${survey.libcVersion} there and ${source.libcVersion} on the upstream: text may sort otherwise, and indexes over it give wrong answers.`,
				"Use the same release of the operating system, or ICU collations.",
			);
}

/** repmgr.conf may ask pg_basebackup for what contradicts this clone. */
export function optionsFit({ options }: CloneSurvey): Prerequisite {
	const title = "pg_basebackup_options of repmgr.conf fit";
	const words = options.split(/\s+/).filter((word) => word !== "");
	const taken =
		/^(?:-[CDFRStTX]|--(?:create-slot|pgdata|format|write-recovery-conf|slot|no-slot|target|tablespace-mapping|wal-method|xlog-method|waldir)\b)/;
	const isStream = (word: string, next = ""): boolean =>
		/^(?:-Xs(?:tream)?|--(?:wal|xlog)-method=s(?:tream)?)$/.test(word) ||
		(/^(?:-X|--(?:wal|xlog)-method)$/.test(word) && /^s(?:tream)?$/.test(next));
	const wrong = words.filter((word, position) => taken.test(word) && !isStream(word, words[position + 1]));
	if (/['"\\$`;&|<>()]/.test(options))
		return failed(title, `They have characters that a shell interprets: ${options}`, "Use plain words.");
	return wrong.length > 0
		? failed(title, `${listed(wrong)} can't be combined with this clone.`, "Remove them for the clone.")
		: ok(title, words.length === 0 ? "None are set." : `${options}`);
}

/** Data files have the byte order and the alignment of the machine. */
export function sameMachine(survey: CloneSurvey, source: CloneSource): Prerequisite {
	const title = "both hosts have one architecture";
	if (survey.machine === null || source.machine === null) return unknown(title, "It can't be read on both.");
	return survey.machine === source.machine
		? ok(title, `Both are ${survey.machine}.`)
		: failed(
				title,
				`PostgreSQL on the upstream is built for ${source.machine}, and the host is ${survey.machine}.`,
				"Use a host of the same architecture, or logical replication.",
			);
}

/** Only where an old directory tells what the programs there were built with; a server that can't read the pages doesn't start. */
export function samePages(survey: CloneSurvey, source: CloneSource): readonly Prerequisite[] {
	if (survey.pageBytes === null || source.pageBytes === null) return [];
	const title = "both have one page size";
	const words = (bytes: string): string => bytes.split(" ").join(" bytes, of WAL ");
	return [
		survey.pageBytes === source.pageBytes
			? ok(title, `Pages have ${words(source.pageBytes)}.`)
			: failed(
					title,
					`Pages of the old directory have ${words(survey.pageBytes)}; those of the upstream ${words(source.pageBytes)}.`,
					"Install PostgreSQL built with the block sizes of the upstream.",
				),
	];
}

/** Without its locale a database refuses every connection (CheckMyDatabase() in postinit.c). */
export function hasLocales(survey: CloneSurvey, source: CloneSource): readonly Prerequisite[] {
	if (source.locales.length === 0) return [];
	const title = "the locales of the databases are installed there";
	if (survey.locales.length === 0) return [unknown(title, "locale -a lists none there.")];
	// "en_US.UTF-8" and "en_US.utf8" are one.
	const plain = (name: string): string => name.toLowerCase().replaceAll("-", "");
	const there = new Set(survey.locales.map(plain));
	const missing = source.locales.filter((name) => !there.has(plain(name)));
	return [
		missing.length === 0
			? ok(title, `${listed(source.locales)}.`)
			: failed(
					title,
					`${listed(missing)} ${missing.length === 1 ? "is" : "are"} missing: clients could not connect.`,
					"Install them there: on Debian, dpkg-reconfigure locales; on Red Hat, glibc-langpack-….",
				),
	];
}

/** A copy has what lies in the data directory alone; Debian keeps the configuration elsewhere. */
export function hasConfigFiles(
	{ configFile }: CloneSurvey,
	{ configFiles }: CloneSource,
	upstream: NodeView,
): readonly Prerequisite[] {
	const title = "the server there has configuration files of its own";
	if (configFiles === null)
		return [
			unknown(title, `Where those of ${quoted(upstream)} lie can't be read: pg_read_all_settings is needed.`),
		];
	if (configFiles.length === 0) return [];
	return [
		configFile === null
			? failed(
					title,
					`${quoted(upstream)} has ${listed(configFiles)} outside of its data directory, which a copy does not contain; none were found there.`,
					"Copy them there, adapted to that host; on Debian make the cluster first: pg_createcluster. Set config_directory in repmgr.conf.",
				)
			: ok(title, `${configFile}; it is not copied.`),
	];
}
