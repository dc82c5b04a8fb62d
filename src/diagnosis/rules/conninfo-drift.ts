import type { NodeView } from "../../model/snapshot.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { confOf } from "../conf-values.ts";
import { solePrimary } from "../members.ts";
import { registerAgain } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/** These decide which server is reached; the further ones only how fast or how strictly. */
const LEADING = ["host", "hostaddr", "port", "user", "dbname"] as const;
const FURTHER = ["connect_timeout", "sslmode"] as const;

/**
 * CONNINFO_DRIFT: conninfo in a node's repmgr.conf differs from the registered one. The node itself uses its file, all
 * others use repmgr.nodes (issues #148, #790): "register -F" was forgotten after a change. Only keywords that aren't
 * secret are compared; the host prints no others. Not reported where quotes or a URI need libpq's own parser, or where
 * the file includes others.
 */
export const conninfoDrift: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const conf = confOf(node);
		const own = conf?.isWhole ? valuesOf(conf.values.conninfo) : null;
		const registered = valuesOf(node.registered.conninfo);
		// Without a host on both sides a service file or libpq's defaults decide.
		if (own === null || registered === null || !hasPlace(own) || !hasPlace(registered)) return [];
		const leading = LEADING.filter((key) => keywordOf(own, key) !== keywordOf(registered, key));
		const further = FURTHER.filter((key) => own.get(key) !== registered.get(key));
		if (leading.length + further.length === 0) return [];
		const said = (values: ReadonlyMap<string, string>): string =>
			[...leading, ...further].map((key) => `${key}=${values.get(key) ?? ""}`).join(" ");
		return [
			finding({
				code: "CONNINFO_DRIFT",
				severity: leading.length > 0 ? "warning" : "notice",
				node,
				message: `registered conninfo of ${quoted(node)} differs from its repmgr.conf`,
				detail: `They differ in ${listed([...leading, ...further])}. The other nodes use the registered one, ${quoted(node)} itself uses its file.`,
				hint: `If repmgr.conf is right, register the node again. If the registered one is right, fix the file and restart repmgrd.`,
				evidence: [
					registeredEvidence(world, `conninfo of ${quoted(node)} has ${said(registered)}`),
					evidenceOf(node, `${node.registered.configFile}: conninfo has ${said(own)}`, "ssh"),
				],
				remedy: remedyFor(node, solePrimary(world)),
			}),
		];
	});

/** Only where the node has its registered role: otherwise registering it also changes the role, which METADATA_DRIFT advises on. */
function remedyFor(node: NodeView, primary: NodeView | null) {
	return node.observed.role === node.registered.type ? registerAgain(node, primary) : null;
}

/** The keywords of a plain conninfo; null where it has quotes, escapes or the form of a URI. */
function valuesOf(conninfo: string | undefined): ReadonlyMap<string, string> | null {
	if (conninfo === undefined || /['"\\]|:\//.test(conninfo)) return null;
	const pairs = conninfo
		.replace(/\s*=\s*/g, "=")
		.trim()
		.split(/\s+/)
		.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const);
	return pairs.some(([key]) => key === "service") ? null : new Map(pairs);
}

function hasPlace(values: ReadonlyMap<string, string>): boolean {
	return values.has("host") || values.has("hostaddr");
}

function keywordOf(values: ReadonlyMap<string, string>, key: string): string | undefined {
	return values.get(key) ?? (key === "port" ? "5432" : undefined);
}
