import type { CloneSource, CloneSurvey } from "../../src/model/clone-survey.ts";
import type { Outcome } from "../../src/model/fault.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import type { HostSurvey, NodeSurvey, ServerSurvey } from "../../src/model/survey.ts";
import type { Facts } from "../../src/operation/plan/facts.ts";
import { hostReading, NOW, SYSTEM_IDENTIFIER } from "./records.ts";
import { type Changes, confOfNode, diskReading, worldOf } from "./worlds.ts";

/** How a node's survey differs from a healthy node's. */
export interface SurveyChanges {
	readonly server?: Partial<ServerSurvey>;
	readonly host?: Partial<Omit<HostSurvey, "look">>;
	readonly look?: Partial<HostReading>;
	readonly hostFault?: Outcome<never>["fault"];
}

const SERVER: ServerSurvey = {
	role: "repmgr",
	baseBackups: 0,
	backupSessions: 0,
	longTransactions: [],
	preparedTransactions: 0,
	logicalSlots: [],
	syncedSlots: [],
	silentReceivers: [],
	freeWalSenders: 8,
	freeSlots: 8,
	idleSlots: [],
	uncheckpointedBytes: 1024,
	canBeRewound: true,
	monitoringHistoryBytes: 10 * 1024 ** 2,
	clientSessions: 7,
	writingSessions: 1,
	lastCommitAt: null,
};

function hostSurvey(nodeId: number, { host, look }: SurveyChanges): HostSurvey {
	return {
		look: hostReading({
			repmgrConf: confOfNode(nodeId, { use_replication_slots: "yes" }),
			disks: diskReading(0.1),
			archiveReadyFiles: 0,
			repmgrCommands: [],
			...look,
		}),
		repmgr: { path: "repmgr", version: "5.3.3" },
		psql: "psql",
		serverConfigFile: "/etc/postgresql/15/main/postgresql.conf",
		canBeRewound: true,
		hasConfigFile: true,
		damagedByRepmgr: [],
		configuredNodeId: nodeId,
		sudo: [{ parameter: "service_stop_command", isPermitted: true, why: "" }],
		programs: ["start", "stop", "restart", "reload"].map((action) => ({
			parameter: `service_${action}_command`,
			state: "runnable",
			program: "/usr/bin/systemctl",
		})),
		units: [],
		masking: [],
		archiveWaitSeconds: null,
		lingering: [],
		replicationTo: null,
		hasBackupLabel: false,
		canWriteState: true,
		lock: null,
		...host,
	};
}

/** A host with room for a clone, which reaches its upstream. */
export function cloneSurveyOf(
	changes: Partial<CloneSurvey> = {},
	source: Partial<CloneSource> = {},
): CloneSurvey {
	return {
		dataDirectory: "/var/lib/postgresql/15/main",
		content: "postgres",
		isMountPoint: false,
		isLink: false,
		canRename: true,
		linked: [],
		mapsTablespaces: false,
		mountedOn: "/",
		freeBytes: 10 * 1024 ** 3,
		oldBytes: 1024 ** 3,
		isLeftOver: false,
		pgBasebackup: "pg_basebackup (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)",
		options: "",
		usesSlots: true,
		hasBarman: false,
		libcVersion: "2.36",
		machine: "x86_64",
		pageBytes: "8192 8192",
		locales: ["C", "C.utf8"],
		configFile: "/etc/postgresql/15/main/postgresql.conf",
		loginFault: null,
		replicationFault: null,
		source: {
			version: 150020,
			systemIdentifier: SYSTEM_IDENTIFIER,
			bytes: 1024 ** 3,
			tablespaces: [],
			freeWalSenders: 8,
			freeSlots: 8,
			slots: ["repmgr_slot_2", "repmgr_slot_3"],
			libcVersion: "2.36",
			machine: "x86_64",
			pageBytes: "8192 8192",
			locales: ["C.UTF-8"],
			configFiles: ["/etc/postgresql/15/main/postgresql.conf"],
			slotKeeps: null,
			bytesPerSecond: 100 * 1024 ** 2,
			...source,
		},
		...changes,
	};
}

/** The facts of an operation on the healthy cluster of worlds.ts, with the given differences by node id. */
export function factsOf(surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}): Facts {
	const { snapshot } = worldOf(changes);
	const nodes = snapshot.nodes.map(({ nodeId }): [number, NodeSurvey] => {
		const survey = surveys[nodeId] ?? {};
		return [
			nodeId,
			{
				nodeId,
				server: { value: { ...SERVER, ...survey.server } },
				host:
					survey.hostFault === undefined
						? { value: hostSurvey(nodeId, survey) }
						: { fault: survey.hostFault },
			},
		];
	});
	return {
		snapshot,
		survey: { at: NOW, nodes: new Map(nodes) },
		crosscheck: null,
		operator: "alice on bastion1",
		ownerOn: () => "postgres",
	};
}
