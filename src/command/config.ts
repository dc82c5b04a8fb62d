import { type JudgeScreen, readClustersFile } from "../config/clusters-file.ts";
import { type Client, clustersFilePath } from "../config/paths.ts";
import { writeTemplate } from "../config/template.ts";
import { formatMessage, type Problem } from "../text/message.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { errorText, type Output } from "./terminal.ts";

/** `config init`: writes the commented file, but never over an existing one. */
export function configInit(path: string | undefined, client: Client, output: Output): number {
	const written = writeTemplate(path ?? clustersFilePath(client));
	if (written.problems !== undefined) {
		output.err(errorText(...written.problems));
		return written.problems[0]?.exitCode ?? EXIT_CODE.configuration;
	}
	output.out(`wrote ${written.value}`);
	return EXIT_CODE.ok;
}

/** Checks that need the screen's code, which commands may not import. */
export interface ScreenChecks {
	readonly judge: JudgeScreen;
	readonly checkTheme: (theme: string) => {
		readonly problems: readonly Problem[];
		readonly warnings: readonly Problem[];
	};
}

const NO_CHECKS: ScreenChecks = { judge: () => [], checkTheme: () => ({ problems: [], warnings: [] }) };

/** `config check`: every problem, with its line. */
export function configCheck(
	path: string | undefined,
	client: Client,
	output: Output,
	screen: ScreenChecks = NO_CHECKS,
): number {
	const file = readClustersFile(path ?? clustersFilePath(client), client.home, screen.judge);
	if (file.problems !== undefined) {
		output.err(errorText(...file.problems));
		return EXIT_CODE.configuration;
	}
	const { defaults, clusters } = file.value;
	const themes = new Set([defaults, ...clusters.values()].flatMap(({ theme }) => theme ?? []));
	const checked = [...themes].map(screen.checkTheme);
	const problems = checked.flatMap((theme) => theme.problems);
	if (problems.length > 0) {
		output.err(errorText(...problems));
		return EXIT_CODE.configuration;
	}
	const warnings = [...file.value.warnings, ...checked.flatMap((theme) => theme.warnings)];
	for (const warning of warnings) output.err(`repmgr-console: warning: ${formatMessage(warning)}`);
	const names = [...clusters.keys()];
	output.out(
		`${file.value.path} is valid: ${names.length === 0 ? "no clusters yet" : `clusters ${names.join(", ")}`}`,
	);
	return EXIT_CODE.ok;
}
