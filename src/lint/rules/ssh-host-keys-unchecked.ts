import { quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** SSH_HOST_KEYS_UNCHECKED: a machine that takes over a node's address receives and answers repmgr's commands. */
export const sshHostKeysUnchecked = nodeRule("SSH_HOST_KEYS_UNCHECKED", ["conf"], ({ conf }, node) => {
	const options = confValue(conf, "ssh_options");
	if (!/StrictHostKeyChecking[= ]\s*["']?(no|off)\b/i.test(options)) return [];
	return [
		{
			severity: "notice",
			message: `ssh_options of ${quoted(node.registration)} disable the check of host keys`,
			place: placeOf(conf, "ssh_options"),
			why: "A machine that takes over a node's address is then taken for the node: a switchover would trust its answers.",
			link: repmgrManual("configuration-file-optional-settings"),
			change: [
				confLine(
					node,
					conf,
					"ssh_options",
					options.replace(/(StrictHostKeyChecking[= ]\s*)["']?(no|off)["']?/i, "$1accept-new"),
				),
			],
		},
	];
});
