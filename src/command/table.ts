import stringWidth from "string-width";
import { cutName } from "../text/words.ts";

/** Rows under a heading, aligned by display width, two blanks between columns; overlong cells are cut. */
export function textTable(heading: readonly string[], uncut: readonly (readonly string[])[]): string {
	const rows = uncut.map((row) => row.map(cutName));
	const widths = heading.map((title, column) =>
		Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[column] ?? ""))),
	);
	return [heading, ...rows]
		.map((row) =>
			row
				.map((text, column) => text + " ".repeat((widths[column] ?? 0) - stringWidth(text)))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

/** RFC 4180: a field with a comma, a quote or a line break is quoted. Null is an empty field. */
export function csvLine(fields: readonly (string | number | boolean | null)[]): string {
	return fields
		.map((field) => (field === null ? "" : String(field)))
		.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
		.join(",");
}
