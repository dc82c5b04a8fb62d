import type { LintChange } from "../../model/lint-result.ts";
import type { NodeSetup, SudoSetup } from "../../model/setup.ts";
import { wantsPassword } from "../../model/sudo.ts";
import { quoted } from "../../text/words.ts";
import { sudoers } from "../changes.ts";
import { commandOf, placeOf } from "../conf.ts";
import { issue } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** SUDO_REFUSES: a command of repmgr.conf goes through sudo, which does not let it, or asks for a password that nobody types. */
export const sudoRefuses = nodeRule("SUDO_REFUSES", ["conf", "sudo"], ({ conf, sudo }, node) =>
	[...sudo.resolved].flatMap(([name, resolved]) => {
		const isAsked = sudo.refusal !== null || (resolved !== null && wantsPassword(sudo, resolved));
		if (resolved !== null && !isAsked) return [];
		const command = commandOf(conf, name) ?? "";
		const words = (resolved ?? command.replace(/^\S*sudo\s+/, "")).split(/\s+/);
		const [program = "", ...args] = words;
		const path = program.startsWith("/") ? program : `/usr/bin/${program}`;
		return [
			{
				severity: "error",
				message: isAsked
					? `sudo asks ${sudo.user} for a password on ${quoted(node.registration)}: ${name}`
					: `sudo does not let ${sudo.user} run ${name} on ${quoted(node.registration)}`,
				place: placeOf(conf, name),
				why: `repmgr runs "${command}" without a terminal${sudo.refusal === null ? "" : `, where sudo says "${sudo.refusal}"`}: it fails, in a switchover after the point of no return.`,
				link: issue(326),
				change: [...terminal(sudo, node), sudoers(node, [[path, ...args].join(" ")])],
			},
		];
	}),
);

/** sudo may want a terminal, which repmgr has none of over SSH. */
function terminal({ refusal, user }: SudoSetup, node: NodeSetup): readonly LintChange[] {
	if (!refusal?.includes("tty")) return [];
	return [{ ...sudoers(node, []), text: `Defaults:${user} !requiretty` }];
}
