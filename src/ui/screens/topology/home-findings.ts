import type { FindingPeriods } from "../../../assess/finding-periods.ts";
import { type Finding, findingKey } from "../../../model/finding.ts";
import { fitText, textWidth } from "../../text/fit-text.ts";
import type { Span, StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import { type FindingLine, findingLines } from "../findings/finding-lines.ts";

/** A line above the table, and the finding that a click on it selects. */
export interface HomeLine {
	readonly line: StyledLine;
	/** A `findingKey`. */
	readonly finding: string | null;
}

interface FindingsToShow {
	readonly findings: readonly Finding[];
	readonly periods: FindingPeriods;
	readonly now: number;
	/** The one that is shown in full. */
	readonly selected: Finding | null;
	/** The cursor is on it. */
	readonly isFocused: boolean;
	/** What to do is shown elsewhere. */
	readonly isBrief: boolean;
	readonly columns: number;
	/** Lines at most. */
	readonly room: number;
}

/** The others, on one line each; the findings screen has all of them. */
const MOST_OTHERS = 5;

/** After the cursor and the mark. */
const INDENT = 5;

/** From here on what to do and what not to do stand side by side. */
const TWO_COLUMNS_FROM = 76;

/** The findings, the worst first: the selected one in full with what to do beside what not to do, the others on one line. */
export function findingBlock(given: FindingsToShow): readonly HomeLine[] {
	const { findings, periods, now, selected, isFocused, isBrief, columns, room } = given;
	if (selected === null || room <= 0) return [];
	const selectedKey = findingKey(selected);
	const lines = findingLines(findings, periods, now);
	const own = lines.find(({ key }) => key === selectedKey);
	if (own === undefined) return [];
	const full = fullLines(own, columns, isFocused, room).slice(0, room);
	const others = lines.filter((line) => line !== own);
	const advice = isBrief
		? []
		: adviceLines(selected, columns, Math.max(0, room - full.length - Math.min(2, others.length)));
	// The last line tells how many others there are, if not all of them are shown.
	const left = room - full.length - advice.length;
	const most = Math.min(MOST_OTHERS, others.length <= left ? left : left - 1);
	const shown = new Set([own, ...others.slice(0, Math.max(0, most))]);
	const hidden = lines.length - shown.size;
	return [
		...lines
			.filter((line) => shown.has(line))
			.flatMap((line) =>
				(line === own ? [...full, ...advice] : [shortLine(line, columns)]).map((drawn) => ({
					line: drawn,
					finding: line.key,
				})),
			),
		...(hidden > 0 && left > 0
			? [{ line: text("hidden", `and ${hidden} more: press v`, "muted"), finding: null }]
			: []),
	];
}

function text(key: string, content: string, role: SemanticRole): StyledLine {
	return { key, isSelected: false, spans: [{ text: `${" ".repeat(INDENT - 1)}${content}`, role }] };
}

function markSpan({ mark, role }: FindingLine): Span {
	return { text: ` ${mark.padEnd(2)} `, role };
}

function messageRole({ isAcknowledged }: FindingLine): SemanticRole {
	return isAcknowledged ? "muted" : "plain";
}

/** The whole message, with code and age at the end of its last line, or of a line of their own if there is room for that. */
function fullLines(
	line: FindingLine,
	columns: number,
	isSelected: boolean,
	room: number,
): readonly StyledLine[] {
	const { key, message, code, lasted } = line;
	const width = columns - INDENT - 1;
	const wrapped = wrapText(message, width);
	const free = width - textWidth(wrapped.at(-1) ?? "") - 2;
	const whole = [code, lasted].filter((part) => part !== "").join("  ");
	const isTight = room < wrapped.length + 3;
	const tail = isTight ? ([whole, lasted].find((one) => textWidth(one) <= free) ?? "") : whole;
	return (textWidth(tail) <= free ? wrapped : [...wrapped, ""]).map((piece, position, all) => {
		const isLast = position === all.length - 1;
		const after = isLast ? fitText(tail, Math.min(width, textWidth(tail))) : "";
		return {
			key: `${key} ${position}`,
			isSelected,
			...(position > 0 && { isContinued: true as const }),
			spans: [
				position === 0 ? markSpan(line) : { text: " ".repeat(INDENT - 1), role: "plain" },
				{ text: fitText(piece, width - textWidth(after)), role: messageRole(line) },
				{ text: `${after} `, role: "muted" },
			],
		};
	});
}

/** One line; the code gives way to the message. */
function shortLine(line: FindingLine, columns: number): StyledLine {
	const { key, message, code, lasted } = line;
	const width = columns - INDENT - 1;
	const [whole, short] = [`${code}  ${lasted}`.trimEnd(), lasted];
	const tail = textWidth(message) <= width - textWidth(whole) - 2 ? whole : short;
	return {
		key,
		isSelected: false,
		spans: [
			markSpan(line),
			{ text: `${fitText(message, Math.max(0, width - textWidth(tail) - 2))}  `, role: messageRole(line) },
			{ text: tail, role: "muted" },
		],
	};
}

/** What to do beside what not to do, one below the other on a narrow terminal; and the keys to the console's own plan. */
function adviceLines(finding: Finding, columns: number, room: number): readonly StyledLine[] {
	const { code, form, remedy } = finding;
	const operation = form ?? remedy?.intent?.kind;
	if (operation === undefined || room < 2) return instructionLines(finding, columns, room);
	const what = form === undefined ? "plan" : "form and plan";
	const keys = `PRESS  enter twice for the ${what} (${operation}); nothing changes yet`;
	return [
		...instructionLines(finding, columns, room - 1),
		text(`${code} keys`, fitText(keys, Math.min(textWidth(keys), columns - INDENT - 1)), "key"),
	];
}

function instructionLines(
	{ code, hint, doNot }: Finding,
	columns: number,
	room: number,
): readonly StyledLine[] {
	const width = columns - INDENT - 1;
	const forbidden = (doNot ?? "").replace(/^Do not (?=\S)/, "");
	const line = (position: number, spans: readonly Span[]): StyledLine => ({
		key: `${code} advice ${position}`,
		isSelected: false,
		spans: [{ text: " ".repeat(INDENT - 1), role: "plain" }, ...spans],
	});
	const isBeside = forbidden !== "" && hint !== "" && columns >= TWO_COLUMNS_FROM;
	const half = Math.floor((width - 3) / 2);
	const toDo = labelled("DO", hint, "plain", isBeside ? half : width, isBeside ? room : Math.ceil(room / 2));
	const notToDo = labelled(
		"DO NOT",
		forbidden,
		"critical",
		isBeside ? half : width,
		isBeside ? room : room - toDo.length,
	);
	if (!isBeside) return [...toDo, ...notToDo].map((spans, position) => line(position, spans));
	return Array.from({ length: Math.max(toDo.length, notToDo.length) }, (_, position) =>
		line(position, [
			...(toDo[position] ?? [{ text: " ".repeat(half), role: "plain" }]),
			{ text: "   ", role: "plain" },
			...(notToDo[position] ?? []),
		]),
	);
}

/** A text behind its label, in at most so many lines: as many whole sentences as fit, and then the mark that there are more. */
function labelled(
	label: string,
	content: string,
	role: SemanticRole,
	width: number,
	most: number,
): readonly (readonly Span[])[] {
	if (content === "" || most <= 0) return [];
	const inner = width - label.length - 2;
	const sentences = content.split(/(?<=\.)\s+(?=[A-Z"])/);
	const fitting = sentences
		.map((_, count) => sentences.slice(0, sentences.length - count).join(" "))
		.map((part) => wrapText(part === content ? part : `${part} …`, inner))
		.find((lines) => lines.length <= most);
	const pieces = fitting ?? wrapText(content, inner).slice(0, most);
	return pieces.map((piece, position) => {
		const isCut = fitting === undefined && position === most - 1;
		return [
			{ text: (position === 0 ? label : "").padEnd(label.length + 2), role: position === 0 ? role : "plain" },
			{ text: isCut ? fitText(`${piece.slice(0, inner - 2)} …`, inner) : fitText(piece, inner), role },
		];
	});
}
