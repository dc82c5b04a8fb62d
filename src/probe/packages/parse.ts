import type { Outcome } from "../../model/fault.ts";
import { type HostPackage, type HostPackages, PACKAGE_NAME, PACKAGE_VERSION } from "../../model/packages.ts";
import { sanitiseText } from "../../text/sanitise.ts";

export type ReadPackages = Omit<HostPackages, "rootFault" | "extension">;

/** What PACKAGES_SCRIPT printed. A line that can't be read is a fault: what is missing would look like what needs no upgrade. */
export function parsePackages(output: string): Outcome<ReadPackages> {
	const lines = output.trimEnd().split("\n");
	if (lines.at(-1) !== "end") return unreadable("the answer about packages is not complete");
	const of = (key: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
	const [unread] = of("unread");
	if (unread !== undefined) return unreadable(`apt does not answer for ${unread}`);
	const packages = of("package").map(packageOf);
	const wrong = packages.indexOf(null);
	if (wrong !== -1) return unreadable(`not a package: "${of("package")[wrong]}"`);
	const [family, server, program, age, stale, repmgrd] = [
		...["family", "server", "program", "age", "stale", "repmgrd"].map((key) => of(key)[0]),
	];
	return {
		value: {
			family: family === "apt" ? "apt" : null,
			serverPackage: server !== undefined && PACKAGE_NAME.test(server) ? server : null,
			programVersion: /^postgres \(PostgreSQL\) (\d+\.\d+)/.exec(program ?? "")?.[1] ?? null,
			packages: packages.filter((one) => one !== null),
			others: of("other").map(sanitiseText),
			listsAgeSeconds: age !== undefined && /^\d+$/.test(age) ? Number(age) : null,
			serverIsStale: yesOrNo(stale),
			repmgrdIsStale: yesOrNo(repmgrd),
		},
	};
}

function packageOf(line: string): HostPackage | null {
	const [source = "", name = "", installed = "", status = "", offered = ""] = line.split("|");
	const isKnown = PACKAGE_NAME.test(source) && PACKAGE_NAME.test(name) && PACKAGE_VERSION.test(installed);
	if (!isKnown || !/^[a-z-]+$/.test(status) || (offered !== "-" && !PACKAGE_VERSION.test(offered)))
		return null;
	return { source, name, installed, newer: offered === "-" ? null : offered, status };
}

function yesOrNo(word: string | undefined): boolean | null {
	return word === "yes" ? true : word === "no" ? false : null;
}

function unreadable(message: string): Outcome<never> {
	return { fault: { kind: "protocol", message: sanitiseText(message) } };
}
