import type { NewCluster } from "../../session/new-cluster.ts";
import { type OpenScreen, type ScreenOptions, shown, takeTerminal } from "../open-screen.tsx";
import { themeFor } from "../theme/theme.ts";
import { NewClusterApp } from "./app.tsx";

/** Shows the screens of a new cluster. @param watch is called before they are left for the console on the cluster. */
export function openNewClusterScreen(
	cluster: NewCluster,
	{ capabilities, themes, themeName }: Pick<ScreenOptions, "capabilities" | "themes" | "themeName">,
	watch: (conninfo: string) => void,
): OpenScreen {
	const record = themes.get(themeName);
	if (record === undefined) throw new Error(`no theme "${themeName}"`);
	return shown(
		<NewClusterApp cluster={cluster} theme={themeFor(record, capabilities)} watch={watch} />,
		takeTerminal(capabilities),
	);
}
