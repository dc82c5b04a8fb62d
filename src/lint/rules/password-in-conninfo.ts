import { type ConfSetup, type ConninfoSetup, HIDDEN } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { confLine, registerAgain } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { nodeRule, REGISTERED, repmgrManual } from "../rule.ts";

const WHY =
	"Once registered it is in repmgr.nodes for every role that may read it, in repmgrd's log at each start, and in the output of repmgr commands. A password file on each host serves the same purpose, but only the user postgres can read it.";

/** PASSWORD_IN_CONNINFO: in repmgr.conf, which other users may be able to read. */
export const passwordInConninfo = nodeRule("PASSWORD_IN_CONNINFO", ["conf"], ({ conf }, node, setup) => {
	const text = confValue(conf, "conninfo");
	if (!text.includes(HIDDEN)) return [];
	const place = placeOf(conf, "conninfo");
	const file = conf.files.find(({ path }) => path === place.file);
	const isReadable = file !== undefined && (file.mode & 0o004) !== 0;
	return [
		{
			severity: isReadable ? "error" : "warning",
			message: `conninfo of ${quoted(node.registration)} contains a password${isReadable ? ", in a file that every user on the host can read" : ""}`,
			place,
			why: WHY,
			link: repmgrManual("configuration-password-management"),
			change: [
				passfileLine(node.sources.passfile.value?.path, node.sources.conninfo.value),
				confLine(node, conf, "conninfo", withoutPassword(conf)),
				registerAgain(node, setup),
			],
		},
	];
});

/** PASSWORD_REGISTERED: still in repmgr.nodes, after it was removed from the file, or where the file can't be read. */
export const passwordRegistered = nodeRule(
	"PASSWORD_REGISTERED",
	["registered"],
	({ registered }, node, setup) => {
		const conf = node.sources.conf.value;
		const isInFile = conf !== undefined && confValue(conf, "conninfo").includes(HIDDEN);
		if (isInFile || (registered.password === undefined && registered.sslpassword === undefined)) return [];
		return [
			{
				severity: "warning",
				message: `a password of ${quoted(node.registration)} is registered in its conninfo`,
				place: REGISTERED,
				why: WHY,
				link: repmgrManual("configuration-password-management"),
				change: [
					passfileLine(node.sources.passfile.value?.path, registered),
					{
						...registerAgain(node, setup),
						title: "without the password in repmgr.conf, as postgres on its host",
					},
				],
			},
		];
	},
);

function passfileLine(
	path = "~postgres/.pgpass",
	{ host = "*", port = "5432", user = "repmgr" }: ConninfoSetup = {},
) {
	return {
		title: `to ${path} on every host (mode 0600), with the password for PASSWORD`,
		text: `${host}:${port}:*:${user}:PASSWORD`,
	};
}

/** Exact, unless the whole conninfo is hidden. */
function withoutPassword(conf: ConfSetup): string {
	const text = confValue(conf, "conninfo");
	return text === HIDDEN ? "… without the password" : text.replace(/\s*\b(?:ssl)?password=\S+/g, "").trim();
}
