import { renameSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { BUNDLE_OPTIONS } from "./bundle-options.ts";
import { generateInkTable } from "./ink-table.ts";
import { bundledPackages, licences } from "./third-party.ts";

// Built beside and then put in place: a console that starts meanwhile finds the old one or the new one.
const outdir = `dist.${process.pid}`;
try {
	generateInkTable(outdir);
	const { metafile } = await build({
		...BUNDLE_OPTIONS,
		entryPoints: ["src/app/main.ts"],
		outdir,
		// The screen is loaded only when one is opened: `status` starts without React.
		splitting: true,
		// Where the bundle will be; the source imports the copy by that name.
		alias: { "#ink-table": `./${outdir}/generated/ink-table.js` },
		metafile: true,
	});
	writeFileSync(`${outdir}/THIRD-PARTY-LICENSES.txt`, licences(bundledPackages(metafile)));
} catch (error) {
	rmSync(outdir, { recursive: true, force: true });
	throw error;
}
rmSync("dist", { recursive: true, force: true });
renameSync(outdir, "dist");
