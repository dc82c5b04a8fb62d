import type { LintChange } from "../../model/lint-result.ts";
import type { ConfSetup, NodeSetup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { asRoot, withNote } from "../changes.ts";
import { confValue, failsOver } from "../conf.ts";
import { isDataNode, issue, nodeRule } from "../rule.ts";
import { postgresUnitOf, unitOf } from "../services.ts";

/**
 * NO_FENCING: a former primary starts automatically after a reboot, beside the one that was promoted meanwhile. A command
 * of the operator's may prevent that, which is not checked.
 */
export const noFencing = nodeRule("NO_FENCING", ["conf", "systemd"], ({ conf, systemd }, node) => {
	const unit = postgresUnitOf(systemd);
	const starts = unit !== null && (unitOf(systemd, unit)?.fileState.startsWith("enabled") ?? false);
	if (!isDataNode(node) || !failsOver(conf) || unit === null || !starts) return [];
	return [
		{
			severity: "notice",
			message: `PostgreSQL on ${quoted(node.registration)} starts automatically after a reboot, even as a primary that was replaced`,
			place: { file: `systemd unit ${unit}`, line: null },
			why: `repmgr has no fencing. If this host dies as the primary and comes back after the failover, it is a second primary, and applications that use its address write to it.${ownCommands(conf)}`,
			link: issue(766),
			change: [withNote(disable(node, unit), "if an operator should check first")],
		},
	];
});

/** Commands that may fence. */
function ownCommands(conf: ConfSetup): string {
	const isOwn = !/\brepmgr["']?\s.*standby\s+promote/.test(confValue(conf, "promote_command"));
	const names = [
		...(isOwn ? ["promote_command"] : []),
		...["child_nodes_disconnect_command", "event_notification_command"].filter(
			(name) => confValue(conf, name) !== "",
		),
	];
	return names.length === 0 ? "" : ` Whether ${listed(names)} prevents that was not checked.`;
}

/** Debian generates its units from start.conf. */
function disable(node: NodeSetup, unit: string): LintChange {
	const file = node.sources.privileged.value?.settings.get("config_file")?.value ?? "";
	if (!unit.includes("@") || !file.startsWith("/etc/postgresql/"))
		return asRoot(node, ["systemctl", "disable", unit]);
	const manual = ["sed", "-i", "s/^auto$/manual/", file.replace(/[^/]*$/, "start.conf")];
	return asRoot(node, manual, ["systemctl", "daemon-reload"]);
}
