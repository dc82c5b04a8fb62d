import type { ColourDepth } from "./capabilities.ts";

/**
 * Runs an import that loads Ink 8.0.0 for this many colours. Its chalk 5 decides once, on its first import, and reads only
 * this variable.
 */
export async function withColours<T>(depth: ColourDepth, load: () => Promise<T>): Promise<T> {
	const { FORCE_COLOR: own } = process.env;
	// "none" keeps bold and inverse; the themes then have no colours.
	process.env.FORCE_COLOR = { none: "1", 16: "1", 256: "2", rgb: "3" }[depth];
	try {
		return await load();
	} finally {
		// ssh and other programs that this one starts must not see it.
		if (own === undefined) delete process.env.FORCE_COLOR;
		else process.env.FORCE_COLOR = own;
	}
}
