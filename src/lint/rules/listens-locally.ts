import { quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { settingManual } from "../links.ts";
import { nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

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
			why: "No other node can connect: there is no replication from it, and repmgr on the other nodes takes it for unreachable.",
			link: settingManual("connection", "listen_addresses"),
			change: [settingLine(node, server, "listen_addresses", "*"), restartServer(node)],
		},
	];
});
