import { STATUS_TONE } from "../../../presentation/topology.ts";
import { formatAge, formatDateTime } from "../../../text/format.ts";
import { fitText } from "../../text/fit-text.ts";
import { field, LABEL_WIDTH, type Row, type Section, text } from "./section.ts";
import type { Subject } from "./subject.ts";

const REGISTERED_WIDTH = 22;

/** The node's registration next to its observed state. */
export function identitySection(subject: Subject): Section {
	const { node, server, sql, noServer, snapshot, now } = subject;
	const { registered, state } = node;
	const identifier = server?.systemIdentifier ?? null;
	const isForeign =
		identifier !== null &&
		snapshot.cluster.systemIdentifier !== null &&
		identifier !== snapshot.cluster.systemIdentifier &&
		registered.type !== "witness";
	return {
		title: "NODE",
		origin: { ...sql, text: `repmgr.nodes, ${sql.text}` },
		rows: [
			...comparison(subject),
			field("repmgr.conf", registered.configFile),
			field("conninfo", registered.conninfo),
			field(
				"reached at",
				state.address,
				...(server?.serverAddress ? [text(`  (${server.serverAddress}:${server.serverPort})`, "muted")] : []),
			),
			field("PostgreSQL", server === null ? noServer : server.postgresVersion),
			field("repmgr", server === null ? noServer : (server.repmgrVersion ?? text("no extension", "warning"))),
			field(
				"system identifier",
				server === null ? noServer : (identifier ?? { why: "may not call pg_control_system()" }),
				...(isForeign ? [text("  ≠ the cluster's: another database system", "critical")] : []),
			),
			field(
				"started",
				server === null
					? noServer
					: `${formatDateTime(server.startedAt)} UTC, ${formatAge(now - server.startedAt)}`,
			),
			connections(subject),
		],
	};
}

function connections({ server, noServer }: Subject): Row {
	if (server === null) return field("connections", noServer);
	const { max_connections: most, superuser_reserved_connections: reserved } = server.settings;
	if (server.connections === null) return field("connections", { why: "not told" });
	const isNearlyFull = most !== undefined && server.connections >= Number(most) - Number(reserved ?? 3);
	return field(
		"connections",
		text(`${server.connections} of ${most ?? "?"}`, isNearlyFull ? "warning" : "plain"),
		...(reserved === undefined ? [] : [text(`, ${reserved} reserved`, "muted")]),
		...(isNearlyFull ? [text("  full for ordinary users", "warning")] : []),
	);
}

/** A primary has none; a witness watches the primary and does not stream. */
const UNSEEN_UPSTREAM = { primary: "none", standby: undefined, witness: null } as const;

function comparison({ node, server, host, nameOf }: Subject): readonly Row[] {
	const { registered, observed } = node;
	const { repmgrConf = null } = host ?? {};
	const upstream = registered.upstreamNodeId === null ? "none" : nameOf(registered.upstreamNodeId);
	const status = text(observed.status, STATUS_TONE[observed.status]);
	const role = observed.role ?? registered.type;
	const isStandby = role === "standby";
	return [
		{ label: "", spans: [text(`${fitText("REGISTERED", REGISTERED_WIDTH)}  OBSERVED`, "muted")] },
		compared(
			"node id",
			String(node.nodeId),
			(server?.repmgrd?.localNodeId ?? repmgrConf?.node_id)?.toString(),
		),
		compared("name", node.nodeName, repmgrConf?.node_name),
		compared("role", registered.type, observed.role ?? undefined),
		compared(
			"upstream",
			upstream,
			observed.attached === false
				? "none: detached"
				: observed.upstreamNodeId === null
					? UNSEEN_UPSTREAM[role]
					: nameOf(observed.upstreamNodeId),
		),
		{
			label: "state",
			spans: [
				text(fitText(registered.active ? "active" : "inactive", REGISTERED_WIDTH)),
				text(registered.active === observed.reachable ? "  " : "≠ ", "warning"),
				status,
			],
		},
		compared(
			"slot",
			registered.slotName ?? "none",
			isStandby ? (server?.walReceiver ? (server.walReceiver.slotName ?? "none") : undefined) : null,
		),
		compared("location", registered.location, repmgrConf?.location),
		compared("priority", String(registered.priority), repmgrConf?.priority),
	];
}

/** An unknown value (undefined) is no difference; null does not exist for this node. */
function compared(label: string, registered: string, observed: string | null | undefined): Row {
	const differs = typeof observed === "string" && observed !== registered;
	return {
		label: fitText(label, LABEL_WIDTH),
		spans: [
			text(registered.length > REGISTERED_WIDTH ? registered : fitText(registered, REGISTERED_WIDTH)),
			text(differs ? "≠ " : "  ", "warning"),
			typeof observed === "string"
				? text(observed, differs ? "warning" : "plain")
				: text(observed === null ? "–" : "not seen", "muted"),
		],
	};
}
