import { registerHooks } from "node:module";
import { basename } from "node:path";

const CACHED = /^(string-width|@alcalzone\/ansi-tokenize)$/;

// Without a bundle: Ink gets the caches in the place of the packages, as in the bundle.
registerHooks({
	resolve(name, context, next) {
		if (!CACHED.test(name) || !context.parentURL?.includes("/node_modules/ink/")) return next(name, context);
		return next(new URL(`${basename(name)}.ts`, import.meta.url).href, context);
	},
});
