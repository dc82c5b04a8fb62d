import { expect, test } from "vitest";
import { clustersFilePath, expandHome, stateDirectory } from "../../src/config/paths.ts";

const here = (environment: Record<string, string>) => ({ environment, home: "/home/a", osUser: "a" });

test.each([
	[{}, "/home/a/.config/repmgr-console/config.yaml", "/home/a/.local/state/repmgr-console"],
	[{ XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" }, "/c/repmgr-console/config.yaml", "/s/repmgr-console"],
	[
		{ XDG_CONFIG_HOME: "", XDG_STATE_HOME: "rel" },
		"/home/a/.config/repmgr-console/config.yaml",
		"/home/a/.local/state/repmgr-console",
	],
])("%j", (environment, config, state) => {
	expect(clustersFilePath(here(environment))).toBe(config);
	expect(stateDirectory(here(environment))).toBe(state);
});

test.each([
	["~", "/home/a"],
	["~/x", "/home/a/x"],
	["~bob/x", "~bob/x"],
	["/x/~", "/x/~"],
	["x", "x"],
])("%s is %s", (path, expanded) => {
	expect(expandHome(path, "/home/a")).toBe(expanded);
});
