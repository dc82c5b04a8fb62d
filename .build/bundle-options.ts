import { basename, join } from "node:path";
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
 * Ink forgets with every frame how wide each text is and what it consists of, though all but the clock stays. In the
 * bundle what measures texts for it remembers: an idle screen costs two thirds then.
 */
const rememberTexts: Plugin = {
	name: "remember-texts",
	setup({ onResolve }) {
		const directory = join(import.meta.dirname, "ink-cache");
		onResolve({ filter: /^(string-width|@alcalzone\/ansi-tokenize)$/ }, ({ path, importer }) =>
			importer.startsWith(directory) ? undefined : { path: join(directory, `${basename(path)}.ts`) },
		);
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
	// Else esbuild 0.28 has Ink make a new RegExp for each character that it draws.
	supported: { "regexp-unicode-property-escapes": true, "regexp-set-notation": true },
	jsx: "automatic",
	define: {
		"process.env.NODE_ENV": '"production"',
		"process.env.DEV": '"false"',
		// Yoga would load its WebAssembly, which is in the bundle, through undici: a third of the time to the first screen.
		fetch: "undefined",
	},
	banner: { js: COMMONJS_GLOBALS },
	plugins: [leaveOut, rememberTexts],
	// Not minified: a stack trace in a bug report should be readable.
	legalComments: "inline",
	logLevel: "warning",
} satisfies BuildOptions;
