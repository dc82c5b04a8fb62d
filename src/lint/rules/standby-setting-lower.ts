import { AT_LEAST_AS_ON_PRIMARY } from "../../model/setting.ts";
import type { NodeSetup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { isDataNode, nodeRule, othersOf, postgresManual, primaryOf } from "../rule.ts";

/** STANDBY_SETTING_LOWER: a standby with a lower value than its primary pauses recovery, or does not start. Every data node may become either. */
export const standbySettingLower = nodeRule(
	"STANDBY_SETTING_LOWER",
	["server"],
	({ server }, node, setup) => {
		if (!isDataNode(node)) return [];
		const others = othersOf(setup, node).filter(isDataNode);
		return AT_LEAST_AS_ON_PRIMARY.flatMap((name) => {
			const own = Number(settingOf(server, name) || Number.NaN);
			const above = others.filter((other) => numberOf(other, name) > own);
			if (above.length === 0) return [];
			const most = Math.max(...above.map((other) => numberOf(other, name)));
			const primary = primaryOf(setup);
			return [
				{
					severity: primary !== null && above.includes(primary) ? ("error" as const) : ("warning" as const),
					message: `${name} of ${quoted(node.registration)} is ${own}, less than on ${listed(above.map(({ registration }) => quoted(registration)))}`,
					place: settingPlace(node, server, name),
					why: "As a standby of a node with a higher value its recovery pauses, and after a restart it refuses to start.",
					link: postgresManual("hot-standby#HOT-STANDBY-ADMIN"),
					change: [settingLine(node, server, name, String(most)), restartServer(node)],
				},
			];
		});
	},
);

function numberOf({ sources: { server } }: NodeSetup, name: string): number {
	return server.value === undefined ? Number.NaN : Number(settingOf(server.value, name) || Number.NaN);
}
