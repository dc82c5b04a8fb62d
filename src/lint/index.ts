import type { Fault } from "../cluster/fault.ts";
import type { LintReport, LintResult, LintSeverity } from "../cluster/lint-result.ts";
import { HIDDEN, type NodeSetup, type Setup, type SetupSource } from "../cluster/setup.ts";
import { listed, quoted } from "../cluster/words.ts";
import { confValue, placeOf } from "./conf.ts";
import { repmgrManual } from "./links.ts";
import { hostOf, type Rule } from "./rule.ts";
import {
	archiveCommandDiscards,
	archiveCommandEmpty,
	archiveCommandOverwrites,
	archiveInDataDirectory,
} from "./rules/archive-command.ts";
import { autoConfOwner } from "./rules/auto-conf-owner.ts";
import { confContradiction } from "./rules/conf-contradiction.ts";
import { configDirectory } from "./rules/config-directory.ts";
import { configFileError } from "./rules/config-file-error.ts";
import { conninfoLocalHost } from "./rules/conninfo-local-host.ts";
import { dataDirectoryWrong } from "./rules/data-directory-wrong.ts";
import { failoverCommandConf } from "./rules/failover-command-conf.ts";
import { followCommandMissing, promoteCommandMissing } from "./rules/failover-command-missing.ts";
import { failoverCommandPath } from "./rules/failover-command-path.ts";
import { failoverManual } from "./rules/failover-manual.ts";
import { followCommandWithoutUpstream } from "./rules/follow-command-without-upstream.ts";
import { fsyncOff } from "./rules/fsync-off.ts";
import { hbaRefusesReplication, hbaRefusesRepmgr } from "./rules/hba-refuses.ts";
import { hbaInvalid, hbaTrust, hbaTrustFromAnywhere } from "./rules/hba-trust.ts";
import { hostNotResolved, hostResolvesDifferently } from "./rules/host-names.ts";
import { listensLocally } from "./rules/listens-locally.ts";
import { locationWithoutObserver } from "./rules/location-without-observer.ts";
import { logicalSlotsLost } from "./rules/logical-slots-lost.ts";
import { monitoringHistoryGrows } from "./rules/monitoring-history-grows.ts";
import { noConnectTimeout, noConnectTimeoutRegistered } from "./rules/no-connect-timeout.ts";
import { noPromotionCandidate } from "./rules/no-promotion-candidate.ts";
import { noWalSource } from "./rules/no-wal-source.ts";
import {
	duplicateNodeId,
	duplicateNodeName,
	nodeIdMismatch,
	nodeNameMismatch,
} from "./rules/node-identity.ts";
import { notPreloaded } from "./rules/not-preloaded.ts";
import { notRewindable } from "./rules/not-rewindable.ts";
import {
	passfileLineMissing,
	passfilePermissions,
	passfileReplicationLineMissing,
} from "./rules/passfile.ts";
import { passwordInConninfo, passwordRegistered } from "./rules/password-in-conninfo.ts";
import { pendingRestart } from "./rules/pending-restart.ts";
import { postgresOutsideSystemd } from "./rules/postgres-outside-systemd.ts";
import { promoteCommandSiblingsFollow } from "./rules/promote-command-siblings-follow.ts";
import { recoveryTargetTimeline } from "./rules/recovery-target-timeline.ts";
import { removeIpc } from "./rules/remove-ipc.ts";
import { hotStandbyOff, walLevelMinimal } from "./rules/replication-switched-off.ts";
import { replicationTimeoutOff } from "./rules/replication-timeout-off.ts";
import { repmgrConfIncomplete } from "./rules/repmgr-conf-incomplete.ts";
import { repmgrConfInvalid } from "./rules/repmgr-conf-invalid.ts";
import { repmgrConfUnknownParameter } from "./rules/repmgr-conf-unknown-parameter.ts";
import { repmgrdCommandsUnset } from "./rules/repmgrd-commands-unset.ts";
import {
	repmgrdInitScript,
	repmgrdNotEnabled,
	repmgrdOtherConf,
	repmgrdOtherUser,
} from "./rules/repmgrd-unit.ts";
import { roleRights } from "./rules/role-rights.ts";
import { serviceCommandUnit } from "./rules/service-command-unit.ts";
import { serviceCommandsUnset } from "./rules/service-commands-unset.ts";
import { settingDiffers } from "./rules/setting-differs.ts";
import { slotsTooFew } from "./rules/slots-too-few.ts";
import { slotsWithoutLimit } from "./rules/slots-without-limit.ts";
import { sshHostKeysUnchecked } from "./rules/ssh-host-keys-unchecked.ts";
import { standbySettingLower } from "./rules/standby-setting-lower.ts";
import { sudoRefuses } from "./rules/sudo-refuses.ts";
import { syncStandbyNames } from "./rules/sync-standby-names.ts";
import { toolsNotFound } from "./rules/tools-not-found.ts";
import { twoNodesWithoutWitness } from "./rules/two-nodes-without-witness.ts";
import { visibilityConsensusOff } from "./rules/visibility-consensus-off.ts";
import { walSendersTooFew } from "./rules/wal-senders-too-few.ts";
import { witnessOnSameHost } from "./rules/witness-on-same-host.ts";
import { SERVICE_ACTIONS } from "./services.ts";

/** What is checked: the table of contents. */
export const RULES: readonly Rule[] = [
	repmgrConfInvalid,
	repmgrConfIncomplete,
	repmgrConfUnknownParameter,
	confContradiction,
	duplicateNodeId,
	nodeIdMismatch,
	duplicateNodeName,
	nodeNameMismatch,
	noConnectTimeout,
	noConnectTimeoutRegistered,
	conninfoLocalHost,
	passwordInConninfo,
	passwordRegistered,
	hostNotResolved,
	hostResolvesDifferently,
	failoverManual,
	promoteCommandMissing,
	followCommandMissing,
	promoteCommandSiblingsFollow,
	followCommandWithoutUpstream,
	failoverCommandPath,
	failoverCommandConf,
	visibilityConsensusOff,
	settingDiffers,
	twoNodesWithoutWitness,
	witnessOnSameHost,
	noPromotionCandidate,
	locationWithoutObserver,
	dataDirectoryWrong,
	configDirectory,
	toolsNotFound,
	autoConfOwner,
	serviceCommandsUnset,
	serviceCommandUnit,
	sudoRefuses,
	postgresOutsideSystemd,
	repmgrdCommandsUnset,
	repmgrdNotEnabled,
	repmgrdInitScript,
	repmgrdOtherConf,
	repmgrdOtherUser,
	removeIpc,
	notPreloaded,
	listensLocally,
	walLevelMinimal,
	hotStandbyOff,
	walSendersTooFew,
	slotsTooFew,
	noWalSource,
	slotsWithoutLimit,
	notRewindable,
	standbySettingLower,
	recoveryTargetTimeline,
	replicationTimeoutOff,
	syncStandbyNames,
	logicalSlotsLost,
	fsyncOff,
	archiveCommandEmpty,
	archiveCommandDiscards,
	archiveCommandOverwrites,
	archiveInDataDirectory,
	pendingRestart,
	configFileError,
	hbaInvalid,
	hbaTrustFromAnywhere,
	hbaTrust,
	hbaRefusesRepmgr,
	hbaRefusesReplication,
	passfilePermissions,
	passfileLineMissing,
	passfileReplicationLineMissing,
	roleRights,
	sshHostKeysUnchecked,
	monitoringHistoryGrows,
];

const ORDER: readonly LintSeverity[] = ["error", "warning", "unknown", "notice"];

/** Judges how a cluster is set up. What could not be read is said once for each node and reason, with what is therefore unknown. */
export function lint(setup: Setup): LintReport {
	const results = [
		...RULES.flatMap((rule) => [null, ...setup.nodes].flatMap((node) => rule.judge(node, setup))),
		...setup.nodes.flatMap(unreadOf),
		...setup.nodes.flatMap(hiddenOf),
	];
	return {
		readAt: setup.readAt,
		results: results.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)),
		isAnythingRead: setup.nodes.some(({ sources }) =>
			[sources.conf, sources.host, sources.server].some(({ fault }) => fault === undefined),
		),
	};
}

const SOURCE_NAMES: Readonly<Record<SetupSource, string>> = {
	conf: "repmgr.conf",
	conninfo: "conninfo in repmgr.conf",
	registered: "registered conninfo",
	passfile: "password file",
	hba: "pg_hba.conf",
	server: "settings of PostgreSQL",
	privileged: "data_directory, config_file and shared_preload_libraries",
	fileErrors: "errors in PostgreSQL's configuration files",
	sudo: "sudo rules",
	systemd: "systemd units",
	host: "host",
};

/** One result for each reason why something of a node could not be read: a host that can't be reached hides a lot. */
function unreadOf(node: NodeSetup): readonly LintResult[] {
	const sources = Object.entries(node.sources).flatMap(([name, { fault }]) =>
		fault === undefined ? [] : [{ name: name as SetupSource, fault }],
	);
	return [...Map.groupBy(sources, ({ fault }) => fault)].flatMap(([fault, group]) =>
		unread(
			node,
			fault,
			group.map(({ name }) => name),
		),
	);
}

/** Nothing where no check needs it. */
function unread(node: NodeSetup, fault: Fault, sources: readonly SetupSource[]): readonly LintResult[] {
	const codes = RULES.filter(({ needs }) => needs.some((need) => sources.includes(need))).map(
		({ code }) => code,
	);
	if (codes.length === 0) return [];
	const what = listed(sources.map((source) => SOURCE_NAMES[source]));
	return [
		{
			code: "NOT_READ",
			severity: "unknown",
			nodeId: node.registration.nodeId,
			message: `could not read of ${quoted(node.registration)}: ${what}`,
			where: { host: hostOf(node), file: what, line: null },
			why: [`${fault.message}.`, fault.detail, `Not known here: ${codes.join(", ")}.`]
				.filter(Boolean)
				.join(" "),
			link: repmgrManual("configuration-permissions"),
			change: fault.hint === undefined ? [] : [{ title: "so that it can be read", text: fault.hint }],
		},
	];
}

/** What rules look into, and what the host does not hand out when it may hold a password. */
const COMMANDS = [
	"promote_command",
	"follow_command",
	...SERVICE_ACTIONS.map((action) => `service_${action}_command`),
];

function hiddenOf(node: NodeSetup): readonly LintResult[] {
	const conf = node.sources.conf.value;
	if (conf === undefined) return [];
	return COMMANDS.filter((name) => confValue(conf, name) === HIDDEN).map((name) => ({
		code: "NOT_READ",
		severity: "unknown",
		nodeId: node.registration.nodeId,
		message: `${name} of ${quoted(node.registration)} is not shown, so it is not judged`,
		where: { host: hostOf(node), ...placeOf(conf, name) },
		why: "It may hold a password, which never leaves its host.",
		link: repmgrManual("configuration-password-management"),
		change: [],
	}));
}
