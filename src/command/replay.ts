import type { Mark } from "../record/entry.ts";
import type { ClusterRecord } from "../record/reader.ts";
import { formatDateTime } from "../text/format.ts";

/** What happened, one line each: findings, events, operations. */
export function listRecord({ header, chapters }: ClusterRecord): string {
	const [first, last] = [chapters[0], chapters.at(-1)];
	const marks = chapters.flatMap((chapter) => chapter.marks);
	const lines = marks.flatMap(({ at, mark }) => {
		const text = textOf(mark);
		return text === null ? [] : [`${formatDateTime(at)}  ${text}`];
	});
	return [
		`record of cluster ${header.cluster} by ${header.who}`,
		first === undefined || last === undefined
			? "nothing was recorded"
			: `from ${formatDateTime(first.from)} to ${formatDateTime(last.to)} UTC`,
		...lines,
	].join("\n");
}

function textOf(mark: Mark): string | null {
	switch (mark.of) {
		case "finding":
			return `${mark.event} ${mark.severity} ${mark.code}: ${mark.message}`;
		case "event":
			// The beginning and end of a finding are events as well.
			return mark.entry.source === "console" && /^[A-Z_]+$/.test(mark.entry.event)
				? null
				: `${mark.entry.event}${mark.entry.nodeId === null ? "" : ` of node ${mark.entry.nodeId}`}: ${mark.entry.details}`;
		case "operation":
			return `operation ${mark.title}: ${mark.step ?? mark.outcome}`;
		case "change":
			return null;
	}
}
