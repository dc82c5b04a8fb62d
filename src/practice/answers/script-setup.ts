import { DATABASE_OWNER } from "../../model/registration.ts";
import { SERVICE_PARAMETERS } from "../../probe/survey/script.ts";
import { BIN, CONF_FILE, CONFIG, DATA_DIRECTORY, PASSFILE, SERVER_UNIT } from "../cluster/host.ts";
import { daemonCommand } from "../cluster/host-files.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { lines, type ScriptCall } from "./script-call.ts";
import { sudoCheck, sudoListing } from "./script-host.ts";

/** What SETUP_SCRIPT never prints. */
const HIDDEN = ["log_file", "log_level"];

const HBA_FILE = `${CONFIG}/pg_hba.conf`;

/** A file's lines as the script prints them, so that they keep their numbers. */
function shownLines({ etc }: PracticeNode, path: string): readonly string[] {
	return (etc.get(path)?.content ?? "")
		.replace(/\n$/, "")
		.split("\n")
		.map((line) => `|${line}`);
}

/** "program PARAMETER runnable PATH": the program that a command runs. */
function programOf({ conf }: PracticeNode, parameter: string): string {
	const [program] = (conf.get(parameter) ?? "").replace(/^sudo /, "").split(" ");
	return `program ${parameter} runnable ${program}`;
}

/** SETUP_SCRIPT: CONF DATA HBA, then names to look up. As recorded on the test cluster (test/fixtures/host/setup.txt). */
export function setupOutput({ cluster, node, words }: ScriptCall): string {
	const names = words.slice(3);
	const services = SERVICE_PARAMETERS.filter((parameter) => node.conf.has(parameter));
	const unit = (name: string, state: string, user: string, start: string): readonly string[] => [
		`unit ${name}`,
		`|ExecStart={ path=${start.split(" ")[0]} ; argv[]=${start} ; ignore_errors=no }`,
		`|User=${user}`,
		`|LoadState=${name === SERVER_UNIT && node.isMasked ? "masked" : "loaded"}`,
		"|SourcePath=",
		`|UnitFileState=${state}`,
	];
	return lines([
		`user ${DATABASE_OWNER} 102`,
		`file conf 644 ${DATABASE_OWNER} ${CONF_FILE}`,
		...[...node.conf].map(([name, value]) => `|${name}='${HIDDEN.includes(name) ? "********" : value}'`),
		`file passfile 600 ${DATABASE_OWNER} ${PASSFILE}`,
		// What is not empty is hidden.
		...shownLines(node, PASSFILE).map((line) => (line.startsWith("|#") ? "|" : line.replace(/[^:]+$/, "+"))),
		`data 700 ${DATABASE_OWNER} ${DATA_DIRECTORY}`,
		`realdata ${DATA_DIRECTORY}`,
		`realconf ${DATA_DIRECTORY}`,
		`bindir ${BIN.slice(0, -1)}`,
		`autoconf 600 ${DATABASE_OWNER} ${DATA_DIRECTORY}/postgresql.auto.conf`,
		`file hba 640 ${DATABASE_OWNER} ${HBA_FILE}`,
		...shownLines(node, HBA_FILE),
		...["pg_ctl", "pg_rewind", "pg_basebackup", "pg_controldata", "repmgr"].map(
			(tool) => `tool ${tool} ${BIN}${tool}`,
		),
		"repmgrinpath /usr/bin/repmgr",
		...["promote_command", "follow_command", ...services].map((parameter) => programOf(node, parameter)),
		"logfile yes /var/log/postgresql/repmgrd.log",
		...sudoListing(node).map((line) => `sudo |${line}`),
		...services.map((parameter) => sudoCheck(node, parameter)),
		...(node.server === null ? [] : [`process postgres ${SERVER_UNIT}`]),
		...(node.daemon === null ? [] : ["process repmgrd repmgrd.service"]),
		...unit(
			SERVER_UNIT,
			"enabled-runtime",
			"",
			"/usr/bin/pg_ctlcluster --skip-systemctl-redirect 15-main start",
		),
		...unit(
			"repmgrd.service",
			node.setUp?.isEnabled === false ? "disabled" : "enabled",
			DATABASE_OWNER,
			daemonCommand(node),
		),
		"removeipc no",
		...names.map((name) => `address ${name} ${cluster.nodeAt(name)?.address ?? ""} `),
		"end",
	]);
}
