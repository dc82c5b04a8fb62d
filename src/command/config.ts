import { readClustersFile } from "../config/clusters-file.ts";
import { type Client, clustersFilePath } from "../config/paths.ts";
import { formatProblem } from "../config/problem.ts";
import { writeTemplate } from "../config/template.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { formatProblems } from "./fault-text.ts";
import type { Output } from "./output.ts";

/** `config init`: writes the commented file; one that is there stays as it is. */
export function configInit(path: string | undefined, client: Client, output: Output): number {
	const written = writeTemplate(path ?? clustersFilePath(client));
	if (written.problems !== undefined) {
		output.err(formatProblems(written.problems));
		return written.problems[0]?.exitCode ?? EXIT_CODE.configuration;
	}
	output.out(`wrote ${written.value}`);
	return EXIT_CODE.ok;
}

/** `config check`: all that is wrong, each with its line. */
export function configCheck(path: string | undefined, client: Client, output: Output): number {
	const file = readClustersFile(path ?? clustersFilePath(client), client.home);
	if (file.problems !== undefined) {
		output.err(formatProblems(file.problems));
		return EXIT_CODE.configuration;
	}
	for (const warning of file.value.warnings) output.err(`repmgr-console: warning: ${formatProblem(warning)}`);
	const names = [...file.value.clusters.keys()];
	output.out(
		`${file.value.path} is valid: ${names.length === 0 ? "no clusters yet" : `clusters ${names.join(", ")}`}`,
	);
	return EXIT_CODE.ok;
}
