import type { FilePlace, NodeSetup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { editLine, reloadServer } from "../changes.ts";
import { type Needed, neededBetween, type Purpose } from "../connections.ts";
import { type Draft, type LintRule, nodeRule, repmgrManual } from "../rule.ts";

/** The line that rejects a connection; without a line where none matches; null where it is permitted, or that is unknown. */
function refusal({ decision }: Needed, node: NodeSetup): FilePlace | null {
	switch (decision.kind) {
		case "rule":
			return decision.rule.method === "reject" ? decision.rule.place : null;
		case "none":
			return { file: hbaFileOf(node), line: null };
		case "undecided":
			return null;
	}
}

function hbaFileOf({ sources: { hba, privileged } }: NodeSetup): string {
	return (
		privileged.value?.settings.get("hba_file")?.value ?? hba.value?.rules[0]?.place.file ?? "pg_hba.conf"
	);
}

/** A name with other characters must be quoted (manual 21.1). */
function word(name: string): string {
	return /^\w+$/.test(name) ? name : `"${name}"`;
}

function refuses(code: string, purpose: Purpose, what: string, why: string): LintRule {
	return nodeRule(code, ["hba", "server", "registered"], (_, node, setup) => {
		const needed = setup.nodes.flatMap((from) => neededBetween(from, node, purpose) ?? []);
		const refused = needed.flatMap((one) => {
			const place = refusal(one, node);
			return place === null ? [] : [{ ...one, place }];
		});
		const undecided = needed.filter(({ decision }) => decision.kind === "undecided");
		return [
			...[...Map.groupBy(refused, ({ place }) => place.line)].map(([line, group]): Draft => {
				const place = { file: group[0]?.place.file ?? hbaFileOf(node), line };
				const names = group.map(({ from }) => quoted(from.registration));
				return {
					severity: "error",
					message: `pg_hba.conf of ${quoted(node.registration)} does not let ${listed(names)} in ${what}`,
					place,
					why: `${line === null ? "No line matches, so the connection is rejected." : `Line ${line} is the first that matches, and it rejects.`} ${why}`,
					link: repmgrManual("quickstart-authentication"),
					change: [
						...group.map(({ connection: { database, user, address } }) => ({
							...editLine(
								node,
								place,
								`host ${word(database)} ${word(user)} ${address}/${address.includes(":") ? 128 : 32} scram-sha-256`,
							),
							title:
								line === null ? editLine(node, place, "").title : `before ${editLine(node, place, "").title}`,
						})),
						reloadServer(node),
					],
				};
			}),
			...undecided.slice(0, 1).map(({ decision, from }): Draft => {
				const place =
					decision.kind === "undecided" ? decision.rule.place : { file: hbaFileOf(node), line: null };
				return {
					severity: "unknown",
					message: `unknown whether pg_hba.conf of ${quoted(node.registration)} lets ${quoted(from.registration)} in ${what}`,
					place,
					why: "The line may match or not: it names a group, a pattern, a file, a host by name or its network.",
					link: repmgrManual("quickstart-authentication"),
					change: [],
				};
			}),
		];
	});
}

/** HBA_REFUSES_REPMGR: a node can't connect to repmgr's database on another one, which a failover needs. */
export const hbaRefusesRepmgr = refuses(
	"HBA_REFUSES_REPMGR",
	"repmgr",
	"to repmgr's database",
	"repmgr and repmgrd there can't query this node: it counts as unreachable in elections.",
);

/** HBA_REFUSES_REPLICATION: "all" does not include replication, which needs its own lines. */
export const hbaRefusesReplication = refuses(
	"HBA_REFUSES_REPLICATION",
	"replication",
	"for replication",
	"When this node is the primary, that one can't stream from it: it stays detached after a failover or switchover.",
);
