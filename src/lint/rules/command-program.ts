import { type CommandProgram, programFault } from "../../model/repmgr-conf.ts";
import { quoted } from "../../text/words.ts";
import { commandOf, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** What does not come about where the command can't be run. */
const WHY: Readonly<Record<string, string>> = {
	promote_command: "In a failover this node is not promoted.",
	follow_command: "After a failover this node stays behind, without an upstream.",
	failover_validation_command:
		"repmgrd takes its failure for a veto: this node is not promoted in a failover.",
	child_nodes_disconnect_command: "A primary that has lost its standbys goes on as before.",
	event_notification_command: "Nobody is told of a failover, or of anything else.",
	restore_command: "A standby that is cloned, or is behind, gets nothing from the archive.",
	archive_cleanup_command: "A standby's archive is never cleaned up.",
};

/** Those without which a failover or a switchover does not come to its end. */
const IS_VITAL = /^(promote|follow|failover_validation|service_\w+)_command$/;

/** repmgr looked for by its name alone is FAILOVER_COMMAND_PATH's. */
function isOther({ parameter }: CommandProgram, command: string | null): boolean {
	return !/^(promote|follow)_command$/.test(parameter) || !/^repmgr\s/.test(command ?? "");
}

/** COMMAND_PROGRAM: the program that a command of repmgr.conf begins with does not exist on its host, or can't be run there. */
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
							? "It does not begin with a program and its path: only a shell, or another user, could tell."
							: `${fault} ${WHY[parameter] ?? "A switchover, rejoin or start that needs it fails half way, and repmgr's dry run does not look."}`,
					link: repmgrManual("configuration-file"),
					change: [],
				},
			] as const;
		}),
);
