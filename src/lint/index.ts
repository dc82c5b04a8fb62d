import type { LintReport, LintSeverity } from "../model/lint-result.ts";
import type { Setup } from "../model/setup.ts";
import type { LintRule } from "./rule.ts";
import {
	archiveCommandDiscards,
	archiveCommandEmpty,
	archiveCommandOverwrites,
	archiveInDataDirectory,
} from "./rules/archive-command.ts";
import { autoConfOwner } from "./rules/auto-conf-owner.ts";
import { childNodesNever } from "./rules/child-nodes.ts";
import { commandProgram } from "./rules/command-program.ts";
import { commandPlaceholder, commandQuotes } from "./rules/command-text.ts";
import { confContradiction } from "./rules/conf-contradiction.ts";
import { configDirectory } from "./rules/config-directory.ts";
import { configFileError } from "./rules/config-file-error.ts";
import { conninfoLocalHost } from "./rules/conninfo-local-host.ts";
import { conninfoService, conninfoSessionAttrs, conninfoSeveralHosts } from "./rules/conninfo-places.ts";
import { dataDirectoryWrong } from "./rules/data-directory-wrong.ts";
import { delayedStandby, delayedStandbySynchronous } from "./rules/delayed-standby.ts";
import { eventNotificationCommand, eventNotifications } from "./rules/event-notifications.ts";
import { failoverCommandConf } from "./rules/failover-command-conf.ts";
import { followCommandMissing, promoteCommandMissing } from "./rules/failover-command-missing.ts";
import { failoverCommandPath } from "./rules/failover-command-path.ts";
import { failoverCommandWrong } from "./rules/failover-command-wrong.ts";
import { failoverManual } from "./rules/failover-manual.ts";
import { followCommandWithoutUpstream } from "./rules/follow-command-without-upstream.ts";
import { fsyncOff } from "./rules/fsync-off.ts";
import { hbaRefusesReplication, hbaRefusesRepmgr } from "./rules/hba-refuses.ts";
import { hbaInvalid, hbaTrust, hbaTrustFromAnywhere } from "./rules/hba-trust.ts";
import { hostNotResolved, hostResolvesDifferently } from "./rules/host-names.ts";
import { listensLocally } from "./rules/listens-locally.ts";
import { locationWithoutObserver } from "./rules/location-without-observer.ts";
import { logFile } from "./rules/log-file.ts";
import { logicalSlotsLost } from "./rules/logical-slots-lost.ts";
import { monitoringHistoryGrows } from "./rules/monitoring-history-grows.ts";
import { noConnectTimeout, noConnectTimeoutRegistered } from "./rules/no-connect-timeout.ts";
import { noFencing } from "./rules/no-fencing.ts";
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
import { postgresInRepmgrdUnit, postgresOutsideSystemd } from "./rules/postgres-outside-systemd.ts";
import { promoteCommandSiblingsFollow } from "./rules/promote-command-siblings-follow.ts";
import { recoveryTargetTimeline } from "./rules/recovery-target-timeline.ts";
import { registeredDiffers } from "./rules/registered-differs.ts";
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
import { serviceCommandNotSystemd, serviceCommandVerb } from "./rules/service-command-verb.ts";
import { serviceCommandWithoutSudo } from "./rules/service-command-without-sudo.ts";
import { serviceCommandsUnset } from "./rules/service-commands-unset.ts";
import { settingDiffers } from "./rules/setting-differs.ts";
import { slotsTooFew } from "./rules/slots-too-few.ts";
import { slotsIdleTimeout, slotsWithoutLimit } from "./rules/slots-without-limit.ts";
import { sshHostKeysUnchecked } from "./rules/ssh-host-keys-unchecked.ts";
import { standbySettingLower } from "./rules/standby-setting-lower.ts";
import { sudoRefuses } from "./rules/sudo-refuses.ts";
import { syncStandbyNames } from "./rules/sync-standby-names.ts";
import { toolsNotFound } from "./rules/tools-not-found.ts";
import { twoNodesWithoutWitness } from "./rules/two-nodes-without-witness.ts";
import { visibilityConsensusOff } from "./rules/visibility-consensus-off.ts";
import { walSendersTooFew } from "./rules/wal-senders-too-few.ts";
import { witnessOnSameHost } from "./rules/witness-on-same-host.ts";
import { hiddenOf, unreadOf } from "./unread.ts";

/** What is checked: the table of contents. */
export const RULES: readonly LintRule[] = [
	repmgrConfInvalid,
	repmgrConfIncomplete,
	repmgrConfUnknownParameter,
	confContradiction,
	duplicateNodeId,
	nodeIdMismatch,
	duplicateNodeName,
	nodeNameMismatch,
	registeredDiffers,
	noConnectTimeout,
	noConnectTimeoutRegistered,
	conninfoLocalHost,
	conninfoService,
	conninfoSeveralHosts,
	conninfoSessionAttrs,
	passwordInConninfo,
	passwordRegistered,
	hostNotResolved,
	hostResolvesDifferently,
	failoverManual,
	promoteCommandMissing,
	followCommandMissing,
	promoteCommandSiblingsFollow,
	followCommandWithoutUpstream,
	failoverCommandWrong,
	failoverCommandPath,
	failoverCommandConf,
	commandProgram,
	commandQuotes,
	commandPlaceholder,
	eventNotificationCommand,
	eventNotifications,
	visibilityConsensusOff,
	settingDiffers,
	twoNodesWithoutWitness,
	witnessOnSameHost,
	noPromotionCandidate,
	delayedStandby,
	delayedStandbySynchronous,
	locationWithoutObserver,
	noFencing,
	childNodesNever,
	logFile,
	dataDirectoryWrong,
	configDirectory,
	toolsNotFound,
	autoConfOwner,
	serviceCommandsUnset,
	serviceCommandUnit,
	serviceCommandVerb,
	serviceCommandNotSystemd,
	sudoRefuses,
	serviceCommandWithoutSudo,
	postgresOutsideSystemd,
	postgresInRepmgrdUnit,
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
	slotsIdleTimeout,
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
		...setup.nodes.flatMap((node) => unreadOf(node, RULES)),
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
