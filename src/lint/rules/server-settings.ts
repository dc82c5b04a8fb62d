import { quoted } from "../../text/words.ts";
import { reloadServer, restartServer, settingLine } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { isDataNode, type LintRule, nodeRule, repmgrManual, settingManual } from "../rule.ts";

/** LISTENS_LOCALLY: the default; no other node can connect. */
export const listensLocally = nodeRule("LISTENS_LOCALLY", ["server"], ({ server }, node) => {
	const value = settingOf(server, "listen_addresses");
	const addresses = value.split(",").map((address) => address.trim());
	if (!server.settings.has("listen_addresses")) return [];
	if (!addresses.every((address) => address === "" || /^(localhost|127\..*|::1)$/.test(address))) return [];
	return [
		{
			severity: "error",
			message: `${quoted(node.registration)} listens on ${value === "" ? "no address" : value} only`,
			place: settingPlace(node, server, "listen_addresses"),
			why: "No other node can connect: there is no replication from it, and repmgr on the other nodes considers it unreachable.",
			link: settingManual("connection", "listen_addresses"),
			change: [settingLine(node, server, "listen_addresses", "*"), restartServer(node)],
		},
	];
});

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
	"WAL lacks what a standby needs: after this node's promotion no standby can follow it.",
);

export const hotStandbyOff = switchedOff(
	"HOT_STANDBY_OFF",
	"hot_standby",
	"off",
	"on",
	"As a standby it accepts no connections: neither repmgr nor repmgrd can use it.",
);

const NAME = "recovery_target_timeline";

/** RECOVERY_TARGET_TIMELINE: a standby that does not switch to the latest timeline can't follow a promoted sibling. PostgreSQL 12 and later. */
export const recoveryTargetTimeline = nodeRule("RECOVERY_TARGET_TIMELINE", ["server"], ({ server }, node) => {
	const value = settingOf(server, NAME);
	if (!isDataNode(node) || value === "" || value === "latest") return [];
	return [
		{
			severity: "error",
			message: `${NAME} of ${quoted(node.registration)} is ${value}`,
			place: settingPlace(node, server, NAME),
			why: "After the promotion of another node it stays on the old timeline and does not follow.",
			link: settingManual("wal", NAME),
			change: [settingLine(node, server, NAME, "latest"), restartServer(node)],
		},
	];
});

/** REPLICATION_TIMEOUT_OFF: a broken replication connection is never noticed. */
export const replicationTimeoutOff = nodeRule("REPLICATION_TIMEOUT_OFF", ["server"], ({ server }, node) =>
	!isDataNode(node)
		? []
		: ["wal_sender_timeout", "wal_receiver_timeout"]
				.filter((name) => settingOf(server, name) === "0")
				.map((name) => ({
					severity: "warning",
					message: `${name} is off on ${quoted(node.registration)}`,
					place: settingPlace(node, server, name),
					why: "If the network to the other server breaks, the replication connection stays open for hours: a standby does not reconnect, and a primary counts it as attached and keeps its slot active.",
					link: settingManual("replication", name),
					change: [settingLine(node, server, name, "60s"), reloadServer(node)],
				})),
);

/** FSYNC_OFF: after a crash of the host the data may be corrupt, and repmgr uses the node nevertheless. */
export const fsyncOff = nodeRule("FSYNC_OFF", ["server"], ({ server }, node) =>
	settingOf(server, "fsync") !== "off"
		? []
		: [
				{
					severity: "error",
					message: `fsync is off on ${quoted(node.registration)}`,
					place: settingPlace(node, server, "fsync"),
					why: "After a crash of the operating system or a power failure the data directory may be silently corrupt. As a primary, or as the source of a clone, the node passes that on.",
					link: settingManual("wal", "fsync"),
					change: [settingLine(node, server, "fsync", "on"), reloadServer(node)],
				},
			],
);
