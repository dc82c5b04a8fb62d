import { type Fence, fenceOf, fenceWords } from "../../../assess/fence.ts";
import type { HostReading } from "../../../model/host-reading.ts";
import { formatBytes, formatSeconds } from "../../../text/format.ts";
import { processText } from "./daemon.ts";
import { field, type Row, type Section, text } from "./section.ts";
import type { Subject } from "./subject.ts";

/** Clocks further apart than this make logs hard to compare. */
const CLOCK_WARNING_MS = 2000;

/** Read over SSH, so known even if PostgreSQL does not answer. */
export function hostSection(subject: Subject): Section {
	const { host, ssh, noHost } = subject;
	return {
		title: "HOST",
		origin: ssh,
		rows: host === null ? [field("host", noHost)] : hostRows(subject, host),
	};
}

function hostRows({ node, snapshot }: Subject, host: HostReading): readonly Row[] {
	const fence = fenceOf(host, node.nodeId, snapshot);
	const { postmaster, controlData, clockOffsetMs, disks, units, masked = [] } = host;
	return [
		field(
			"postmaster",
			postmaster === null
				? { why: "no data directory was found" }
				: postmaster === false
					? text("none runs", "critical")
					: processText(postmaster),
		),
		...(fence === null ? [] : [field("fenced", text(fencedText(fence), "warning"))]),
		field("data directory", host.dataDirectory ?? { why: "not found" }),
		...(controlData === null
			? [field("control data", { why: "pg_controldata can't be run" })]
			: [
					field("control data", controlData.state),
					field(
						"  last checkpoint",
						`${controlData.checkpointLsn ?? "?"}, timeline ${controlData.timeline ?? "?"}`,
					),
				]),
		...host.forks.map(({ timeline, endLsn }) => field(`  timeline ${timeline}`, `ended at ${endLsn}`)),
		...disks.map(diskRow),
		field("clock", clockOffsetMs === null ? { why: "not told" } : clockText(clockOffsetMs)),
		...masked
			.filter((one) => one.of === "repmgrd")
			.map(({ unit }) => field("unit", text(`${unit} is masked: repmgrd can't be started by it`, "warning"))),
		...units.map(({ unit, active, sub }) =>
			field("unit", text(`${unit}  ${active} (${sub})`, active === "failed" ? "critical" : "plain")),
		),
	];
}

function fencedText(fence: Fence): string {
	const words = fenceWords(fence);
	return fence.mask === null ? words : `can't be started: ${words}`;
}

function diskRow({ of, sizeBytes, availableBytes }: HostReading["disks"][number]): Row {
	const used = sizeBytes === 0 ? 100 : Math.round(((sizeBytes - availableBytes) / sizeBytes) * 100);
	const role = used >= 95 ? "critical" : used >= 85 ? "warning" : "plain";
	return field(
		`disk of ${of}`,
		text(`${used} % used`, role),
		text(`, ${formatBytes(availableBytes)} of ${formatBytes(sizeBytes)} free`),
		...(role === "plain" ? [] : [text(role === "critical" ? "  FULL" : "  nearly full", role)]),
	);
}

function clockText(offsetMs: number) {
	const size = Math.abs(offsetMs);
	const words = size < 1000 ? `${size} ms` : formatSeconds(size / 1000);
	return text(
		`${words} ${offsetMs < 0 ? "behind" : "ahead of"} the console's`,
		size > CLOCK_WARNING_MS ? "warning" : "plain",
	);
}
