import { type CommandProgram, programFault } from "../../model/repmgr-conf.ts";
import { quoted } from "../../text/words.ts";
import { commandOf, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** What fails if the command can't be run. */
const WHY: Readonly<Record<string, string>> = {
	promote_command: "In a failover this node is not promoted.",
	follow_command: "After a failover this node is left behind, without an upstream.",
	failover_validation_command:
		"repmgrd treats its failure as a veto: this node is not promoted in a failover.",
	child_nodes_disconnect_command: "A primary that has lost its standbys goes on as before.",
	event_notification_command: "No notification is sent, not even for a failover.",
	restore_command: "A standby that is cloned, or is behind, gets nothing from the archive.",
	archive_cleanup_command: "A standby's archive is never cleaned up.",
};

/** Without these a failover or switchover can't be completed. */
const IS_VITAL = /^(promote|follow|failover_validation|service_\w+)_command$/;

/** repmgr without a path is reported by FAILOVER_COMMAND_PATH. */
function isOther({ parameter }: CommandProgram, command: string | null): boolean {
	return !/^(promote|follow)_command$/.test(parameter) || !/^repmgr\s/.test(command ?? "");
}

/** COMMAND_PROGRAM: the program that a command of repmgr.conf starts with does not exist on its host, or can't be run there. */
export const commandProgram = nodeRule("COMMAND_PROGRAM", ["conf", "host"], ({ conf, host }, node) =>
	host.programs
		.filter((program) => isOther(program, commandOf(conf, program.parameter)))
		.flatMap((program) => {
			const { parameter } = program;
			const fault = programFault(program);
			if (fault === null && program.state !== "unclear") return [];
			return [
				{
					severity: fault === null ? "unknown" : IS_VITAL.test(parameter) ? "error" : "warning",
					message:
						fault === null
							? `whether ${parameter} of ${quoted(node.registration)} can be run was not checked`
							: `${parameter} of ${quoted(node.registration)} can't be run`,
					place: placeOf(conf, parameter),
					why:
						fault === null
							? "It does not start with a program and its path: only a shell, or another user, could resolve it."
							: `${fault} ${WHY[parameter] ?? "A switchover, rejoin or start that needs it fails half way, and repmgr's dry run does not check it."}`,
					link: repmgrManual("configuration-file"),
					change: [],
				},
			] as const;
		}),
);
