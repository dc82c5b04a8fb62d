import { readFileSync } from "node:fs";
import { readYaml, schemaProblem } from "../config/yaml.ts";
import { SCENARIOS } from "../practice/index.ts";
import { SCENARIO, type Scenario, scenarioKeys } from "../practice/scenarios/scenario.ts";
import { type Configured, refuse, systemMessage } from "../text/message.ts";
import { didYouMean } from "../text/nearest.ts";

/** The scenario of a name, or of a file of the user's. */
export function findScenario(name: string): Configured<Scenario> {
	if (name.includes("/") || name.endsWith(".json")) return readScenarioFile(name);
	const found = SCENARIOS.find((one) => one.name === name);
	if (found !== undefined) return { value: found };
	const names = SCENARIOS.map((one) => one.name);
	return refuse({
		message: `there is no scenario "${name}"`,
		...didYouMean(name, names),
		detail: `The scenarios are ${names.join(", ")}; a file of your own is given by its path.`,
		exitCode: 64,
	});
}

function readScenarioFile(path: string): Configured<Scenario> {
	try {
		return readScenario(readFileSync(path, "utf8"), path);
	} catch (error) {
		return refuse({
			message: `could not read scenario "${path}"`,
			detail: `${systemMessage(error)}.`,
			exitCode: 64,
		});
	}
}

/** A scenario's text, JSON or YAML; every problem has its line. */
export function readScenario(text: string, file: string): Configured<Scenario> {
	const { source, content, problems } = readYaml(text, file);
	if (content === undefined || problems.length > 0) return { problems };
	const { error, data } = SCENARIO.safeParse(content);
	if (error === undefined) return { value: data };
	return { problems: error.issues.flatMap((issue) => schemaProblem(issue, source, content, scenarioKeys)) };
}
