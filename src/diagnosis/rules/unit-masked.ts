import { fenceOf, fenceWords } from "../../assess/fence.ts";
import { current } from "../../model/node-state.ts";
import { unmask } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * UNIT_MASKED: a server runs, and systemd can't start it again: `systemctl mask` leaves a running server as it is. A fence that
 * was broken off leaves that behind, or an operator who forgot it. Of a stopped server the finding that it is down says so.
 */
export const unitMasked: Rule = ({ snapshot }) =>
	snapshot.nodes.flatMap((node) => {
		const fence = node.observed.reachable ? fenceOf(current(node.state.host), node.nodeId, snapshot) : null;
		if (!fence?.mask) return [];
		return [
			finding({
				code: "UNIT_MASKED",
				severity: "warning",
				node,
				message: `${quoted(node)} runs, and can't be started again once it stops: its unit is masked`,
				detail: "A masked unit is not started by systemd, neither on request nor at the boot of its host.",
				hint: "Find out whether it was to be fenced: if so, fence it, which also stops it; if not, unfence it.",
				evidence: [evidenceOf(node, fenceWords(fence), "ssh")],
				remedy: unmask(node, fence.mask),
				doNot: "Do not restart it before its unit is unmasked.",
			}),
		];
	});
