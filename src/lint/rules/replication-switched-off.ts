import { quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { isDataNode } from "../members.ts";
import { type LintRule, nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

function switchedOff(code: string, name: string, wrong: string, right: string, why: string): LintRule {
	return nodeRule(code, ["server"], ({ server }, node) =>
		!isDataNode(node) || settingOf(server, name) !== wrong
			? []
			: [
					{
						severity: "error",
						message: `${name} is ${wrong} on ${quoted(node.registration)}`,
						place: settingPlace(node, server, name),
						why,
						link: repmgrManual("configuration-prerequisites"),
						change: [settingLine(node, server, name, right), restartServer(node)],
					},
				],
	);
}

export const walLevelMinimal = switchedOff(
	"WAL_LEVEL_MINIMAL",
	"wal_level",
	"minimal",
	"replica",
	"WAL has not what a standby needs: after this node's promotion nobody can follow it.",
);

export const hotStandbyOff = switchedOff(
	"HOT_STANDBY_OFF",
	"hot_standby",
	"off",
	"on",
	"As a standby it takes no connections: neither repmgr nor its repmgrd can do anything with it.",
);
