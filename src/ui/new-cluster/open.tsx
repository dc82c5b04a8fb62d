import type { NewCluster } from "../../session/new-cluster.ts";
import { type OpenScreen, type ScreenOptions, shown, takeTerminal } from "../open-screen.tsx";
import { themeFor } from "../theme/theme.ts";
import { NewClusterApp } from "./app.tsx";

/** Shows the screens of a new cluster. @param watch is called before they are left for the console on the cluster. */
export function openNewClusterScreen(
	cluster: NewCluster,
	{
		capabilities,
		themes,
		themeName,
		practice,
	}: Pick<ScreenOptions, "capabilities" | "themes" | "themeName" | "practice">,
	watch: (conninfo: string) => void,
): OpenScreen {
	const record = themes.get(themeName);
	if (record === undefined) throw new Error(`no theme "${themeName}"`);
	const terminal = takeTerminal(capabilities);
	return shown(
		<NewClusterApp
			{...{ cluster, watch, theme: themeFor(record, capabilities) }}
			{...(practice !== undefined && { practice })}
			screenText={() => terminal.frames.text()}
		/>,
		terminal,
	);
}
