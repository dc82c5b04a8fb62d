import type { ColourDepth } from "./capabilities.ts";

/** Loads Ink 8.0.0 for this many colours. Its chalk 5 decides once, on import, and reads only this variable. */
export async function loadScreen(
	depth: ColourDepth,
): Promise<typeof import("../open-screen.tsx").openScreen> {
	const { FORCE_COLOR: own } = process.env;
	// "none" keeps bold and inverse; the themes then have no colours.
	process.env.FORCE_COLOR = { none: "1", 16: "1", 256: "2", rgb: "3" }[depth];
	const { openScreen } = await import("../open-screen.tsx");
	// ssh and other programs that this one starts must not see it.
	if (own === undefined) delete process.env.FORCE_COLOR;
	else process.env.FORCE_COLOR = own;
	return openScreen;
}
