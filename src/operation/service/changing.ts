import type { NodeView } from "../../model/snapshot.ts";
import type { HostSurvey, ServiceUnit } from "../../model/survey.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { failed } from "../checks/check.ts";
import { type Facts, hostOf, serverUnitOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import type { Situation } from "../run/without-primary.ts";

/** The server's unit while systemd starts or stops it; null: it does neither, or that is not known. */
function changingUnit(host: HostSurvey | undefined): ServiceUnit | null {
	const unit = serverUnitOf(host);
	return unit !== null && ["activating", "deactivating"].includes(unit.activeState) ? unit : null;
}

/** systemd stops the server's unit now. */
export function isBeingStopped(facts: Facts, { nodeId }: NodeView): boolean {
	return changingUnit(hostOf(facts, nodeId).value)?.activeState === "deactivating";
}

/** e.g. 'postgresql@15-main on "node1" is deactivating (stop) since Mon 2026-11-23 11:24:39 UTC; systemd waits for process 47 (sleep 600)'. */
function changeWords({ unit, activeState, subState, since, control }: ServiceUnit, node: NodeView): string {
	const sub = subState === undefined ? "" : ` (${subState})`;
	const time = since === undefined ? "" : ` since ${since}`;
	const waits = control === undefined ? "" : `; systemd waits for process ${control.pid} (${control.title})`;
	return `${unit} on ${quoted(node)} is ${activeState}${sub}${time}${waits}`;
}

function endOf({ control }: ServiceUnit, node: NodeView): string | null {
	return control === undefined ? null : `on ${quoted(node)}, as root: kill ${control.pid}`;
}

/** Empty: systemd does nothing with the server's unit. Until it is done, no service command has an effect, and each waits. */
export function serviceIsIdle(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const unit = changingUnit(hostOf(facts, node.nodeId).value);
	if (unit === null) return [];
	const end = endOf(unit, node);
	return [
		failed(
			`systemd is done with the unit of ${quoted(node)}`,
			`${changeWords(unit, node)}.`,
			end === null ? "Wait until it is done." : `Wait until it is done, or end what it waits for: ${end}`,
		),
	];
}

/** Where systemd still stops a server: a command that waited for it may have given up. */
export function whileUnitStops(facts: Facts): Situation {
	const stopping = facts.snapshot.nodes.flatMap((node) => {
		const host = hostOf(facts, node.nodeId).value;
		const unit = changingUnit(host);
		if (host === undefined || unit?.activeState !== "deactivating") return [];
		const { postmaster, dataDirectory } = host.look;
		const end = endOf(unit, node);
		const server = postmaster ? `: PostgreSQL still runs there (postmaster ${postmaster.pid})` : "";
		const stop = `on ${quoted(node)}, as the owner of the database: ${shellWords(["pg_ctl", "stop", "-m", "fast", "-D", dataDirectory ?? "DATADIRECTORY"])}`;
		return [
			{
				state: `${changeWords(unit, node)}${server}.`,
				ways: [
					...(postmaster
						? [
								{
									title: `stop the server of ${quoted(node)} itself, in good order; systemd, if left alone, may only ask it to wait for its clients`,
									command: stop,
								},
							]
						: []),
					...(end === null
						? []
						: [{ title: `${postmaster ? "then " : ""}end what systemd waits for`, command: end }]),
					...(postmaster
						? [
								{
									title:
										"or for certain: at once, if it has not stopped after a minute, and kept from starting",
									command: `fence ${shellWords([node.nodeName])} --reason TEXT`,
								},
							]
						: []),
				],
			},
		];
	});
	return {
		state: stopping.map(({ state }) => state).join(" "),
		ways: stopping.flatMap(({ ways }) => ways),
	};
}
