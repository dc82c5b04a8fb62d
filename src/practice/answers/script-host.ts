import { SERVICE_PARAMETERS } from "../../probe/survey/script.ts";
import { BIN, CONF_FILE, DATA_DIRECTORY, SERVER_UNIT } from "../cluster/host.ts";
import { maySudo, sudoCommands } from "../cluster/host-files.ts";
import { isDiskFull } from "../cluster/server.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { historyLines, lsnText, timelineOf } from "../cluster/wal.ts";
import { lines, type ScriptCall } from "./script-call.ts";
import { logOutput } from "./script-connections.ts";

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Settings that HOST_SCRIPT leaves out, or prints otherwise. */
const NOT_SHOWN = ["conninfo", "config_directory", "pg_bindir", "log_file", "log_level"];

/** HOST_SCRIPT; with LOG_SCRIPT as its third word also the end of the logs. */
export function hostOutput(call: ScriptCall): string {
	const { node, words } = call;
	const { data, server, daemon, conf } = node;
	const kilobytes = [node.disk.sizeBytes, node.disk.usedBytes].map((bytes) => Math.floor(bytes / 1024));
	const [size = 0, used = 0] = kilobytes;
	const disk = `/dev/vdb ${size} ${used} ${size - used} ${Math.round((100 * used) / size)}% /var/lib/postgresql/15`;
	const log =
		words[2] === undefined
			? ""
			: logOutput({ ...call, words: [CONF_FILE, "", "", "", "", "", "", "", "", "", ""] });
	return lines([
		`time ${(Date.now() / 1000).toFixed(9)}`,
		`data ${DATA_DIRECTORY}`,
		server === null ? "postmaster none" : `postmaster ${server.pid} ${server.isFrozen ? "T" : "S"}`,
		`control Database system identifier:           ${data.systemIdentifier}`,
		`control Database cluster state:               ${data.state}`,
		`control Latest checkpoint location:           ${lsnText(data.checkpoint.lsn)}`,
		`control Latest checkpoint's TimeLineID:       ${data.checkpoint.timeline}`,
		...(server === null && data.state !== "in production"
			? []
			: [`pidfile ${seconds(server?.startedAt ?? data.controlAt)}`]),
		`controlfile ${seconds(data.controlAt)}`,
		...(node.pausedAt === null ? [] : [`pausefile ${seconds(node.pausedAt)}`]),
		`disk PGDATA ${disk}`,
		`disk pg_wal ${disk}`,
		"ready 0",
		...(timelineOf(data.history) === 1
			? []
			: historyLines(data.history).map((line) => `fork ${line.split("\t").slice(0, 2).join(" ")}`)),
		...node.commands.map((command) => `command ${command}`),
		daemon === null ? "repmgrd none" : `repmgrd ${daemon.pid} ${daemon.isFrozen ? "T" : "S"}`,
		...rewindMark(node),
		...[...node.files].flatMap(([name, text]) => {
			if (name.startsWith("lock-")) return [`lock ${name.slice("lock-".length)} ${text.split("\n")[0]}`];
			const [kind = ""] = name.split("-");
			return kind === "fence" || kind === "pause" ? [`${kind} ${text}`] : [];
		}),
		...(node.isMasked ? [`masked service_start_command ${SERVER_UNIT} /etc`] : []),
		...[...conf].flatMap(([name, value]) => (NOT_SHOWN.includes(name) ? [] : [`conf ${name} ${value}`])),
		`conf conninfo ${conf.get("conninfo")} `,
		"unit postgresql.service         loaded active exited  PostgreSQL RDBMS",
		`unit ${SERVER_UNIT} ${node.isMasked ? "masked" : "loaded"} ${server === null ? "failed failed" : "active running"}  PostgreSQL Cluster 15-main`,
		`unit repmgrd.service            loaded ${daemon === null ? "inactive dead" : "active running"} failover daemon of repmgr`,
		...log.split("\n").flatMap((line) => (line === "" ? [] : [`log ${line}`])),
	]);
}

/** A rewind that has broken off. */
function rewindMark({ files, runs }: PracticeNode): readonly string[] {
	const timeline = files.get("rewind");
	const rejoins = [...runs].flatMap(([key, run]) => (key.includes("/rejoin") ? [run] : []));
	const hasBegun = rejoins.some(({ stderr }) => stderr.includes("executing pg_rewind"));
	const isAtWork = rejoins.some(({ exitCode }) => exitCode === null || exitCode === 0);
	return timeline !== undefined && hasBegun && !isAtWork ? [`rewind ${timeline}`] : [];
}

/** SURVEY_SCRIPT: CONF SYSTEM UPSTREAM "mask". */
export function surveyOutput({ cluster, node, words }: ScriptCall): string {
	const [, system = "", upstream = "", wish] = words;
	const { conf, data, server } = node;
	const target = upstream === "" || Number(upstream) === node.nodeId ? null : cluster.node(Number(upstream));
	const isWell = target !== null && cluster.answers(node.nodeId, target);
	const services = SERVICE_PARAMETERS.filter((parameter) => conf.has(parameter));
	const unit = (parameter: string): string => {
		const isServer = parameter.startsWith("service_");
		const pid = isServer ? server?.pid : node.daemon?.pid;
		const loaded = isServer && node.isMasked ? "masked" : "loaded";
		const name = isServer ? SERVER_UNIT : "repmgrd.service";
		return `unit ${parameter} ${name.replace(".service", "")} LoadState=${loaded} ActiveState=${pid === undefined ? "inactive" : "active"} MainPID=${pid ?? 0} FragmentPath=/lib/systemd/system/${name} `;
	};
	const lock = node.files.get(`lock-${system}`);
	return lines([
		"conf yes",
		`id ${node.nodeId}`,
		"repmgr /usr/bin/repmgr repmgr 5.3.3",
		...(target === null ? [] : [`replication |--connection=${isWell ? "OK" : "BAD"}`]),
		`psql ${BIN}psql`,
		"config /etc/postgresql/15/main/postgresql.conf",
		"rewind hints on",
		`rewind checksums ${data.hasChecksums ? 1 : 0}`,
		...services.map((parameter) => `program ${parameter} runnable /usr/bin/systemctl`),
		...services.map((parameter) => sudoCheck(node, parameter)),
		...services.map(unit),
		...(wish === "mask" || node.isMasked
			? (["mask", "unmask"] as const).map((verb) => maskCheck(node, verb))
			: []),
		...sudoListing(node).map((line) => `sudo |${line}`),
		...(server === null || data.isStandby
			? []
			: [`process ${server.pid + 7} archiver last was ${"0".repeat(23)}5`]),
		...(isDiskFull(node) ? [] : ["writable yes"]),
		...(lock === undefined ? [] : ["locked yes", `lock ${lock.split("\n")[0]}`]),
	]);
}

/** "sudo -n -l -- COMMAND", of a service command of repmgr.conf. */
export function sudoCheck(node: PracticeNode, parameter: string): string {
	const command = node.conf.get(parameter)?.replace("sudo ", "") ?? "";
	return `sudocheck ${parameter} ${maySudo(node, command) ? `allowed ${command}` : "refused"}`;
}

function maskCheck(node: PracticeNode, verb: "mask" | "unmask"): string {
	const command = `/usr/bin/systemctl ${verb} ${SERVER_UNIT}`;
	return `maskcheck ${verb} ${maySudo(node, command) ? `allowed ${command}` : "refused"}`;
}

/** `sudo -l`. */
export function sudoListing(node: PracticeNode): readonly string[] {
	return [
		`Matching Defaults entries for postgres on ${node.host}:`,
		"    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty",
		"",
		`User postgres may run the following commands on ${node.host}:`,
		...sudoCommands(node).map((command) => `    (root) NOPASSWD: ${command}`),
	];
}
