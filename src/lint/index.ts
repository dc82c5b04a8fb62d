import type { LintReport, LintSeverity } from "../model/lint-result.ts";
import type { Setup } from "../model/setup.ts";
import type { LintRule } from "./rule.ts";
import { alterSystemForbidden } from "./rules/alter-system-forbidden.ts";
import {
	archiveCommandDiscards,
	archiveCommandEmpty,
	archiveCommandOverwrites,
	archiveInDataDirectory,
} from "./rules/archive-command.ts";
import { childNodesNever } from "./rules/child-nodes.ts";
import { commandProgram } from "./rules/command-program.ts";
import { commandPlaceholder, commandQuotes } from "./rules/command-text.ts";
import { confContradiction } from "./rules/conf-contradiction.ts";
import { configDirectory } from "./rules/config-directory.ts";
import { configFileError, pendingRestart } from "./rules/configuration-files.ts";
import { conninfoLocalHost } from "./rules/conninfo-local-host.ts";
import { conninfoService, conninfoSessionAttrs, conninfoSeveralHosts } from "./rules/conninfo-places.ts";
import { dataDirectoryWrong } from "./rules/data-directory-wrong.ts";
import { delayedStandby, delayedStandbySynchronous } from "./rules/delayed-standby.ts";
import { eventNotificationCommand, eventNotifications } from "./rules/event-notifications.ts";
import {
	failoverCommandConf,
	failoverCommandPath,
	failoverCommandWrong,
	followCommandMissing,
	followCommandWithoutUpstream,
	promoteCommandMissing,
	promoteCommandSiblingsFollow,
} from "./rules/failover-commands.ts";
import { failoverManual } from "./rules/failover-manual.ts";
import { autoConfOwner, autoConfQuotes, logFile } from "./rules/file-permissions.ts";
import { hbaRefusesReplication, hbaRefusesRepmgr } from "./rules/hba-refuses.ts";
import { hbaInvalid, hbaMd5, hbaTrust, hbaTrustFromAnywhere } from "./rules/hba-trust.ts";
import { hostNotResolved, hostResolvesDifferently } from "./rules/host-names.ts";
import { logicalSlotsLost, synchronizedStandbySlotIdle } from "./rules/logical-slots-lost.ts";
import { monitoringHistoryGrows } from "./rules/monitoring-history-grows.ts";
import { noConnectTimeout, noConnectTimeoutRegistered } from "./rules/no-connect-timeout.ts";
import { noFencing } from "./rules/no-fencing.ts";
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
import {
	postgresInRepmgrdUnit,
	postgresOutsideSystemd,
	removeIpc,
} from "./rules/postgres-outside-systemd.ts";
import { registeredDiffers } from "./rules/registered-differs.ts";
import {
	repmgrConfIncomplete,
	repmgrConfInvalid,
	repmgrConfNewerParameter,
	repmgrConfUnknownParameter,
} from "./rules/repmgr-conf.ts";
import { repmgrdCommandsUnset } from "./rules/repmgrd-commands-unset.ts";
import {
	repmgrdInitScript,
	repmgrdNotEnabled,
	repmgrdOtherConf,
	repmgrdOtherUser,
} from "./rules/repmgrd-unit.ts";
import { roleRights } from "./rules/role-rights.ts";
import { slotsTooFew, walSendersTooFew } from "./rules/senders-and-slots.ts";
import {
	fsyncOff,
	hotStandbyOff,
	listensLocally,
	recoveryTargetTimeline,
	replicationTimeoutOff,
	walLevelMinimal,
} from "./rules/server-settings.ts";
import { serviceCommandNotSystemd, serviceCommandVerb } from "./rules/service-command-verb.ts";
import {
	serviceCommandsUnset,
	serviceCommandUnit,
	serviceCommandWithoutSudo,
	sudoRefuses,
} from "./rules/service-commands.ts";
import { settingDiffers } from "./rules/setting-differs.ts";
import { slotsIdleTimeout, slotsWithoutLimit } from "./rules/slots-without-limit.ts";
import { sshHostKeysUnchecked } from "./rules/ssh-host-keys-unchecked.ts";
import { standbySettingLower } from "./rules/standby-setting-lower.ts";
import { syncStandbyNames } from "./rules/sync-standby-names.ts";
import { toolsNotFound } from "./rules/tools-not-found.ts";
import { visibilityConsensusOff } from "./rules/visibility-consensus-off.ts";
import {
	locationWithoutObserver,
	noPromotionCandidate,
	twoNodesWithoutWitness,
	witnessOnSameHost,
} from "./rules/voters.ts";
import { hiddenOf, unreadOf } from "./unread.ts";

/** Every check: the table of contents. */
export const RULES: readonly LintRule[] = [
	repmgrConfInvalid,
	repmgrConfIncomplete,
	repmgrConfUnknownParameter,
	repmgrConfNewerParameter,
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
	autoConfQuotes,
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
	synchronizedStandbySlotIdle,
	alterSystemForbidden,
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
	hbaMd5,
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

/** Checks the configuration of a cluster. What could not be read is one result per node and reason, with the checks that it prevents. */
export function lint(setup: Setup): LintReport {
	const results = [
		...RULES.flatMap((rule) => [null, ...setup.nodes].flatMap((node) => rule.check(node, setup))),
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
