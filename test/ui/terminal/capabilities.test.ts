import { describe, expect, test } from "vitest";
import { capabilitiesOf } from "../../../src/ui/terminal/capabilities.ts";

const of = (environment: Record<string, string>) => capabilitiesOf(environment, true);

describe("how many colours", () => {
	test.each([
		[{ TERM: "xterm-256color" }, "256"],
		[{ TERM: "tmux-256color" }, "256"],
		[{ TERM: "xterm-256color", COLORTERM: "truecolor" }, "rgb"],
		[{ TERM: "xterm", COLORTERM: "24bit" }, "rgb"],
		[{ TERM: "xterm-kitty" }, "rgb"],
		[{ TERM: "alacritty" }, "rgb"],
		[{ TERM: "xterm-direct" }, "rgb"],
		[{ TERM: "xterm" }, "16"],
		[{ TERM: "linux" }, "16"],
		[{ TERM: "screen" }, "16"],
		[{ TERM: "never-heard-of" }, "16"],
		[{ TERM: "vt220" }, "none"],
		[{ TERM: "xterm-mono" }, "none"],
		[{ TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: "1" }, "none"],
		[{ TERM: "xterm-256color", NO_COLOR: "" }, "256"],
		[{ TERM: "xterm-256color", NO_COLOR: "1", FORCE_COLOR: "2" }, "256"],
		[{ TERM: "xterm-256color", FORCE_COLOR: "0" }, "none"],
		[{ TERM: "xterm", FORCE_COLOR: "3" }, "rgb"],
		[{ TERM: "xterm-256color", FORCE_COLOR: "true" }, "256"],
	])("%j: %s", (environment, depth) => {
		expect(of(environment as Record<string, string>).depth).toBe(depth);
	});
});

describe("which characters", () => {
	test.each([
		[{ LANG: "en_US.UTF-8" }, true],
		[{ LANG: "C.utf8" }, true],
		[{ LC_CTYPE: "UTF-8" }, true],
		[{ LANG: "C", LC_CTYPE: "de_DE.UTF-8" }, true],
		[{ LANG: "de_DE.UTF-8", LC_ALL: "C" }, false],
		[{ LANG: "de_DE.UTF-8", LC_CTYPE: "POSIX" }, false],
		[{ LANG: "de_DE.UTF-8", LC_ALL: "" }, true],
		[{ LANG: "de_DE.ISO-8859-1" }, false],
		[{}, false],
		[{ LANG: "C.UTF-8", TERM: "linux" }, false],
	])("%j: more than ASCII %s", (environment, isUnicode) => {
		expect(of(environment as Record<string, string>).isUnicode).toBe(isUnicode);
	});
});

describe("whether there can be a screen", () => {
	test.each([
		[{ TERM: "xterm" }, null],
		[{ TERM: "dumb" }, /TERM is "dumb"\.$/],
		[{ TERM: "" }, /TERM is not set\.$/],
		[{}, /TERM is not set\.$/],
	])("%j", (environment, reason) => {
		const { noScreen } = of(environment as Record<string, string>);
		if (reason === null) expect(noScreen).toBeNull();
		else expect(noScreen).toMatch(reason);
	});

	test("not without a terminal", () => {
		expect(capabilitiesOf({ TERM: "xterm" }, false).noScreen).toMatch(/needs a terminal: run .* without/);
	});
});

test.each([
	["15;0", false],
	["0;15", true],
	["0;default;15", true],
	["12;7", true],
	["15;default", null],
	[undefined, null],
])("COLORFGBG %s: light %s", (colours, light) => {
	expect(capabilitiesOf({ COLORFGBG: colours }, true).isLight).toBe(light);
});
