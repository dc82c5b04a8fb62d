import { readdirSync, readFileSync } from "node:fs";
import type { Metafile } from "esbuild";

/** Who holds the copyright of packages under the MIT licence that come without its text. */
const HOLDERS: Readonly<Record<string, string>> = {
	"ink-table": "Copyright (c) Matic Zavadlal",
	"yoga-layout": "Copyright (c) Meta Platforms, Inc. and affiliates.",
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** The directories of the packages of which something is in the bundle. */
export function bundledPackages({ outputs }: Pick<Metafile, "outputs">): readonly string[] {
	const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
	const directories = inputs.flatMap((path) =>
		// The copy that .build/ink-table.ts makes.
		path.endsWith("generated/ink-table.js")
			? "node_modules/ink-table"
			: (/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
	);
	return [...new Set(directories)].toSorted();
}

/** Name, version and licence of each package. Throws where one comes without a licence's text. */
export function licences(directories: readonly string[]): string {
	const texts = directories.map((directory) => {
		const { name, version } = manifestOf(directory);
		return `${name} ${version}\n\n${licenceOf(directory)}\n`;
	});
	return [...new Set(texts)].join(`\n${"-".repeat(78)}\n\n`);
}

function manifestOf(directory: string): Readonly<Record<"name" | "version" | "license", string>> {
	return JSON.parse(readFileSync(`${directory}/package.json`, "utf8"));
}

function licenceOf(directory: string): string {
	const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
	if (files.some((file) => !/^notice/i.test(file)))
		return files.map((file) => readFileSync(`${directory}/${file}`, "utf8").trim()).join("\n\n");
	const { name, license } = manifestOf(directory);
	const holder = HOLDERS[name];
	const text =
		license === "MIT" && holder !== undefined
			? `MIT License\n\n${holder}\n\n${MIT}`
			: licenceInReadme(directory);
	if (text === null) throw new Error(`package "${name}" is bundled and has no text of its licence`);
	return text;
}

function licenceInReadme(directory: string): string | null {
	const readme = readdirSync(directory).find((file) => /^readme/i.test(file));
	if (readme === undefined) return null;
	const sections = readFileSync(`${directory}/${readme}`, "utf8").split(/^#+ */m);
	const [, text = ""] =
		/^licen[cs]e *\n(.*)/is.exec(sections.find((one) => /^licen[cs]e/i.test(one)) ?? "") ?? [];
	return text.includes("Permission is hereby granted") ? text.trim() : null;
}
