import { ansiCodesToString, diffAnsiCodes } from "@alcalzone/ansi-tokenize";
import { BLANK, type Cell, fitsStyle } from "./cells.ts";

const ERASE_TO_END = "\u001b[K";

/** Moves the cursor (CUP); rows and columns from 0. */
export function cursorTo(row: number, column: number): string {
	return column === 0 ? `\u001b[${row + 1}H` : `\u001b[${row + 1};${column + 1}H`;
}

/** Writes cells. It tracks the cursor and the style, and sends only what changes. */
export class Pen {
	readonly #columns: number;
	#text = "";
	/** The cell whose style is set. */
	#set: Cell = BLANK;
	/** Null is unknown. */
	#cursor: { readonly row: number; readonly column: number } | null = null;

	constructor(columns: number) {
		this.#columns = columns;
	}

	write(row: number, column: number, cells: readonly Cell[]): void {
		this.#move(row, column);
		for (const cell of cells) {
			this.#take(cell);
			this.#text += cell.text;
		}
		const end = column + cells.length;
		// After the last column, some terminals keep the cursor in it and others move on.
		const isKnown = end < this.#columns && cells.every(({ isSure }) => isSure);
		this.#cursor = isKnown ? { row, column: end } : null;
	}

	/** Blank from here to the end of the line. */
	erase(row: number, column: number): void {
		// Some terminals erase with the current background.
		this.#take(BLANK);
		this.#move(row, column);
		this.#text += ERASE_TO_END;
	}

	/** The output, ending without a style. */
	finish(): string {
		if (this.#set.style !== "") this.#change(BLANK);
		return this.#text;
	}

	/** Writes with the fewest characters. */
	shortest(ways: readonly ((pen: Pen) => void)[]): void {
		const pens = ways.map((way) => {
			const pen = new Pen(this.#columns);
			pen.#become(this);
			way(pen);
			return pen;
		});
		const [best] = pens.toSorted((one, other) => one.#text.length - other.#text.length);
		if (best) this.#become(best);
	}

	#become(other: Pen): void {
		this.#text = other.#text;
		this.#set = other.#set;
		this.#cursor = other.#cursor;
	}

	#take(cell: Cell): void {
		if (!fitsStyle(cell, this.#set)) this.#change(cell);
	}

	#change(cell: Cell): void {
		// Several attributes fit into one SGR.
		this.#text += ansiCodesToString(diffAnsiCodes([...this.#set.styles], [...cell.styles])).replaceAll(
			"m\u001b[",
			";",
		);
		this.#set = cell;
	}

	#move(row: number, column: number): void {
		const ahead = this.#cursor?.row === row ? column - this.#cursor.column : -1;
		if (ahead < 0) this.#text += cursorTo(row, column);
		else if (ahead > 0) this.#text += ahead === 1 ? "\u001b[C" : `\u001b[${ahead}C`;
		this.#cursor = { row, column };
	}
}
