import { readFileSync } from "node:fs";
import type { BuildOptions, Plugin } from "esbuild";

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

/**
 * Ink 8.0 takes every text apart into styled characters anew for each frame, which is most of what a tick of the clock
 * costs. Shared by all frames its cache spares that for what did not change; it starts again when it is full.
 */
const keepInkCache: Plugin = {
	name: "keep-ink-cache",
	setup({ onLoad }) {
		onLoad({ filter: /\/node_modules\/ink\/build\/output\.js$/ }, ({ path }) => {
			const source = readFileSync(path, "utf8");
			const contents = source.replace("caches = new OutputCaches();", "caches = sharedCaches();");
			if (contents === source) throw new Error(`${path} has another cache than the one known`);
			return {
				contents: `${contents}
let shared = new OutputCaches();
function sharedCaches() {
	if (shared.styledChars.size > 2000 || shared.widths.size > 10_000) shared = new OutputCaches();
	return shared;
}`,
			};
		});
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

/** How the console becomes a program, and the bench what it measures of it. */
export const BUNDLE_OPTIONS = {
	outExtension: { ".js": ".mjs" },
	bundle: true,
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
	plugins: [leaveOut, keepInkCache],
	// Not minified: a stack trace in a bug report should be readable.
	legalComments: "inline",
	logLevel: "warning",
} satisfies BuildOptions;
