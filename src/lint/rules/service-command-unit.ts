import { quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { issue } from "../links.ts";
import { nodeRule } from "../rule.ts";
import { postgresUnitOf, unitCommandsOf, unitOf } from "../services.ts";

/** Debian's unit over all of a host's servers: what is done to it is done to them. */
const UMBRELLA = "postgresql.service";

/** SERVICE_COMMAND_UNIT: a service command names a unit that does not exist, or another server's. */
export const serviceCommandUnit = nodeRule(
	"SERVICE_COMMAND_UNIT",
	["conf", "systemd"],
	({ conf, systemd }, node) =>
		unitCommandsOf(conf).flatMap(({ name, command, unit }) => {
			const actual = name.startsWith("repmgrd") ? systemd.repmgrdUnit : postgresUnitOf(systemd);
			const isThere = unitOf(systemd, unit)?.loadState === "loaded";
			if (isThere && (actual === null || actual === unit || unit === UMBRELLA)) return [];
			const server = name.startsWith("repmgrd") ? "repmgrd" : "PostgreSQL";
			const right = actual?.replace(/\.service$/, "");
			return [
				{
					severity: "error",
					message: isThere
						? `${name} of ${quoted(node.registration)} names "${unit}", but ${server} runs in "${actual}"`
						: `${name} of ${quoted(node.registration)} names a unit that does not exist: "${unit}"`,
					place: placeOf(conf, name),
					why: `A failover, switchover or rejoin that needs the command fails half way: "${command}".`,
					link: issue(716),
					change: right === undefined ? [] : [confLine(node, conf, name, command.replace(/\S+\s*$/, right))],
				},
			];
		}),
);
