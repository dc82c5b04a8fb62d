/** How many colours a terminal can show. */
export type ColourDepth = "none" | "16" | "256" | "rgb";

/** What the terminal can show, derived from the environment. */
export interface Capabilities {
	/** Why no screen can be drawn at all, or null. */
	readonly noScreen: string | null;
	readonly depth: ColourDepth;
	/** False: nothing but ASCII can be shown. */
	readonly isUnicode: boolean;
	/** The background as the terminal declares it (rxvt, Konsole and others); null is unknown. */
	readonly isLight: boolean | null;
	/** Sequences of the operating system (OSC) that it does not know are ignored, as a notification. */
	readonly canNotify: boolean;
	/** A question about a mode (DECRQM) is answered or ignored; older Linux consoles print the end of it. */
	readonly canBeAsked: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function capabilitiesOf(environment: Environment, isTerminal: boolean): Capabilities {
	return {
		noScreen: noScreenReason(environment, isTerminal),
		depth: depthOf(environment),
		isUnicode: isUnicode(environment),
		isLight: isLight(environment),
		canNotify: !/^(linux|vt\d|screen|ansi)/.test(environment.TERM ?? ""),
		canBeAsked: !/^(linux|vt\d|ansi)/.test(environment.TERM ?? ""),
	};
}

function noScreenReason({ TERM: term = "" }: Environment, isTerminal: boolean): string | null {
	if (!isTerminal)
		return "The screen needs a terminal: run repmgr-console without redirection (over ssh with -t).";
	if (term === "" || term === "dumb" || term === "unknown")
		return `The screen needs a terminal that can move its cursor; TERM is ${term === "" ? "not set" : `"${term}"`}.`;
	return null;
}

/** Terminals known to show all colours; most others set COLORTERM. */
const ALL_COLOURS = /^(xterm-)?(kitty|ghostty|alacritty|wezterm|foot|contour)\b|-direct\d*$/;

/** Terminals without colours: DEC's hardware, and terminfo's names for monochrome. */
const ONE_COLOUR = /^(vt\d+|linux-m|xterm-mono|ansi-m)\b|-m$|-mono$/;

/**
 * NO_COLOR counts unless it is empty (no-color.org). FORCE_COLOR, as Node, chalk and Ink read it, overrides everything.
 * ssh does not forward COLORTERM, so 256 colours are the usual case there.
 */
function depthOf({
	FORCE_COLOR: forced,
	NO_COLOR: none,
	COLORTERM: more,
	TERM: term = "",
}: Environment): ColourDepth {
	if (forced !== undefined && FORCED[forced] !== undefined) return FORCED[forced];
	if (none !== undefined && none !== "") return "none";
	if (more === "truecolor" || more === "24bit" || ALL_COLOURS.test(term)) return "rgb";
	if (/256color/.test(term)) return "256";
	return ONE_COLOUR.test(term) ? "none" : "16";
}

const FORCED: Readonly<Record<string, ColourDepth>> = {
	false: "none",
	0: "none",
	1: "16",
	2: "256",
	3: "rgb",
};

/**
 * As in the C library: LC_ALL, LC_CTYPE, LANG, the first that is not empty; none is "C". The Linux console takes UTF-8, but
 * its font has at most 512 characters: no bars, no arrows, no marks.
 */
function isUnicode({ LC_ALL: all, LC_CTYPE: ctype, LANG: lang, TERM: term }: Environment): boolean {
	return /utf-?8/i.test(all || ctype || lang || "C") && term !== "linux";
}

/** COLORFGBG is "foreground;background", by the numbers of the 16 colours; 7 and 15 are white. */
function isLight({ COLORFGBG: colours }: Environment): boolean | null {
	const background = colours?.split(";").at(-1);
	return background === undefined || !/^\d+$/.test(background) ? null : /^(7|15)$/.test(background);
}
