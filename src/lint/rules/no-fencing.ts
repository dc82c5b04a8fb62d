import type { LintChange } from "../../model/lint-result.ts";
import type { ConfSetup, NodeSetup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { asRoot, withNote } from "../changes.ts";
import { confValue, failsOver } from "../conf.ts";
import { isDataNode, issue, nodeRule } from "../rule.ts";
import { postgresUnitOf, unitOf } from "../services.ts";

/**
 * NO_FENCING: a server that was the primary starts by itself after a reboot, beside the one that was promoted meanwhile.
 * A command of the operator's own may prevent that: that it is set does not tell.
 */
export const noFencing = nodeRule("NO_FENCING", ["conf", "systemd"], ({ conf, systemd }, node) => {
	const unit = postgresUnitOf(systemd);
	const starts = unit !== null && (unitOf(systemd, unit)?.fileState.startsWith("enabled") ?? false);
	if (!isDataNode(node) || !failsOver(conf) || unit === null || !starts) return [];
	return [
		{
			severity: "notice",
			message: `PostgreSQL on ${quoted(node.registration)} starts by itself after a reboot, also as a primary that was replaced`,
			place: { file: `systemd unit ${unit}`, line: null },
			why: `repmgr has no fencing. When this host dies as the primary and comes back after the failover, it is a second primary, to which applications that know its address write again.${ownCommands(conf)}`,
			link: issue(766),
			change: [withNote(disable(node, unit), "if a person is to look first")],
		},
	];
});

/** What may fence, and what this console can't see into. */
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

/** Debian makes its units from start.conf. */
function disable(node: NodeSetup, unit: string): LintChange {
	const file = node.sources.privileged.value?.settings.get("config_file")?.value ?? "";
	if (!unit.includes("@") || !file.startsWith("/etc/postgresql/"))
		return asRoot(node, ["systemctl", "disable", unit]);
	const manual = ["sed", "-i", "s/^auto$/manual/", file.replace(/[^/]*$/, "start.conf")];
	return asRoot(node, manual, ["systemctl", "daemon-reload"]);
}
