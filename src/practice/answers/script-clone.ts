import { CONF_FILE, COPIED_A_SECOND, DATA_DIRECTORY } from "../cluster/host.ts";
import { receiversOf } from "../cluster/replication.ts";
import { lines, type ScriptCall } from "./script-call.ts";

/** CLONE_SURVEY_SCRIPT: CONF ASK HOST PORT ROLE DATABASE BYTES. */
export async function cloneSurveyOutput({ cluster, node, words }: ScriptCall): Promise<string> {
	await cluster.sleep(300);
	const [conf, , host = "", , , , sample] = words;
	const kilobytes = (bytes: number): number => Math.floor(bytes / 1024);
	const { sizeBytes, usedBytes } = node.disk;
	const disk = [sizeBytes, usedBytes, sizeBytes - usedBytes].map(kilobytes).join(" ");
	const isLeft = node.copy === null ? "no" : "yes";
	const upstream = cluster.nodeAt(host);
	const isAnswered = upstream !== null && cluster.answers(node.nodeId, upstream);
	return lines([
		`data ${conf === CONF_FILE ? DATA_DIRECTORY : ""}`,
		"options ",
		"useslots yes",
		`place data postgres plain yes ${isLeft} ${kilobytes(node.data.databaseBytes)}`,
		`disk data /dev/vdb ${disk} ${Math.round((100 * usedBytes) / sizeBytes)}% /var/lib/postgresql/15`,
		"libc 2.36",
		"machine x86_64",
		"locale C.UTF-8",
		"config /etc/postgresql/15/main/postgresql.conf",
		...(isAnswered
			? [
					...sourceLines(upstream, receiversOf(cluster, upstream).length).map((line) => `source ${line}`),
					`rate ${sample} ${Math.round((Number(sample) / COPIED_A_SECOND) * 1e9)}`,
				]
			: [`login psql: error: connection to server at "${host}", port 5432 failed: Connection refused`]),
		"pgbasebackup pg_basebackup (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)",
		"page 8192",
		"walpage 8192",
		"end",
	]);
}

/** As ASK_SOURCE asks. */
function sourceLines({ data }: ScriptCall["node"], senders: number): readonly string[] {
	const at = "/etc/postgresql/15/main";
	return [
		"version 150020",
		`system ${data.systemIdentifier}`,
		`bytes ${data.databaseBytes}`,
		"machine x86_64",
		"pages 8192 8192",
		"locale C.UTF-8",
		...["postgresql.conf", "pg_hba.conf", "pg_ident.conf"].map((name) => `file ${at}/${name}`),
		"files read",
		...[...data.slots.keys()].map((name) => `slot ${name}`),
		`senders ${10 - senders}`,
		`slots ${10 - data.slots.size}`,
		"keep -1",
		"libc 2.36",
	];
}
