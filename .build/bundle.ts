import { renameSync, rmSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import { generateInkTable } from "./ink-table.ts";

/**
 * What can't be in a bundle: React's development tools, which Ink imports statically, become a stub;
 * native add-ons, which ssh2 and pg do without, become a module that throws where they expect it.
 */
const leaveOut: Plugin = {
	name: "leave-out",
	setup({ onResolve, onLoad }) {
		onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "stub" }));
		onLoad({ filter: /.*/, namespace: "stub" }, () => ({
			contents: "export default { initialize() {}, connectToDevTools() {} };",
		}));
		onResolve({ filter: /\.node$|^cpu-features$|^pg-native$/ }, ({ path }) => ({
			path,
			namespace: "native",
		}));
		onLoad({ filter: /.*/, namespace: "native" }, ({ path }) => ({
			contents: `throw new Error(${JSON.stringify(`native add-on ${path} is not bundled`)});`,
		}));
	},
};

/** CommonJS packages inside an ES module need these; long names, since short ones collide with bundled code. */
const COMMONJS_GLOBALS = `
import { createRequire as bundleCreateRequire } from "node:module";
import { dirname as bundleDirname } from "node:path";
import { fileURLToPath as bundleFileURLToPath } from "node:url";
const require = bundleCreateRequire(import.meta.url);
const __filename = bundleFileURLToPath(import.meta.url);
const __dirname = bundleDirname(__filename);
`;

// Built beside and then put in place: a console that starts meanwhile finds the old one or the new one.
const outdir = `dist.${process.pid}`;
generateInkTable(outdir);
await build({
	entryPoints: ["src/main.ts"],
	outdir,
	outExtension: { ".js": ".mjs" },
	bundle: true,
	// The screen is loaded only when one is opened: `status` starts without React.
	splitting: true,
	platform: "node",
	format: "esm",
	target: "node24",
	jsx: "automatic",
	define: {
		"process.env.NODE_ENV": '"production"',
		"process.env.DEV": '"false"',
		// Yoga would load its WebAssembly, which is in the bundle, through undici: a third of the time to the first screen.
		fetch: "undefined",
	},
	banner: { js: COMMONJS_GLOBALS },
	plugins: [leaveOut],
	// Not minified: a stack trace in a bug report should be readable.
	legalComments: "inline",
	logLevel: "warning",
	// Where the bundle will be; the source imports the copy by that name.
	alias: { "#ink-table": `./${outdir}/generated/ink-table.js` },
}).catch((error: unknown) => {
	rmSync(outdir, { recursive: true, force: true });
	throw error;
});
rmSync("dist", { recursive: true, force: true });
renameSync(outdir, "dist");
