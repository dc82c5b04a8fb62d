import { DATABASE_OWNER } from "../../model/registration.ts";
import { SERVICE_PARAMETERS } from "../../probe/survey/script.ts";
import { BIN, CONF_FILE, DATA_DIRECTORY, SERVER_UNIT } from "../cluster/calm.ts";
import { lines, type ScriptCall } from "./script-call.ts";
import { SUDO } from "./script-host.ts";

/** What SETUP_SCRIPT never prints. */
const HIDDEN = ["log_file", "log_level"];

const HBA = [
	"local all postgres peer",
	"local all all scram-sha-256",
	"host all all 127.0.0.1/32 scram-sha-256",
	"host all all 192.0.2.0/24 scram-sha-256",
	"host replication repmgr 192.0.2.0/24 scram-sha-256",
];

/** SETUP_SCRIPT: CONF DATA HBA, then names to look up. As recorded on the test cluster (test/fixtures/host/setup.txt). */
export function setupOutput({ cluster, node, words }: ScriptCall): string {
	const names = words.slice(3);
	const passwords = cluster.nodes.flatMap(({ name }) =>
		["repmgr", "replication"].map((database) => `|${name}:5432:${database}:repmgr:+`),
	);
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
		`file passfile 600 ${DATABASE_OWNER} /var/lib/postgresql/.pgpass`,
		...passwords,
		`data 700 ${DATABASE_OWNER} ${DATA_DIRECTORY}`,
		`realdata ${DATA_DIRECTORY}`,
		`realconf ${DATA_DIRECTORY}`,
		`bindir ${BIN.slice(0, -1)}`,
		`autoconf 600 ${DATABASE_OWNER} ${DATA_DIRECTORY}/postgresql.auto.conf`,
		`file hba 640 ${DATABASE_OWNER} /etc/postgresql/15/main/pg_hba.conf`,
		...HBA.map((line) => `|${line}`),
		...["pg_ctl", "pg_rewind", "pg_basebackup", "pg_controldata", "repmgr"].map(
			(tool) => `tool ${tool} ${BIN}${tool}`,
		),
		"repmgrinpath /usr/bin/repmgr",
		...["promote_command", "follow_command"].map(
			(parameter) => `program ${parameter} runnable /usr/bin/repmgr`,
		),
		...services.map((parameter) => `program ${parameter} runnable /usr/bin/systemctl`),
		"logfile yes /var/log/postgresql/repmgrd.log",
		...SUDO.map((line) => `sudo |${line.replace("NODE", node.name)}`),
		...services.map(
			(parameter) => `sudocheck ${parameter} allowed ${node.conf.get(parameter)?.replace("sudo ", "")}`,
		),
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
			"enabled",
			DATABASE_OWNER,
			`/usr/bin/repmgrd -f ${CONF_FILE} --daemonize=false --pid-file=/run/repmgrd/repmgrd.pid`,
		),
		"removeipc no",
		...names.map((name) => `address ${name} ${cluster.nodeAt(name)?.address ?? ""} `),
		"end",
	]);
}
