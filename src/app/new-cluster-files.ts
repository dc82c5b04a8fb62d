import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { bootstrapReport } from "../command/bootstrap-report.ts";
import { writeNewFile } from "../config/inventory-template.ts";
import type { NewClusterOptions } from "../session/new-cluster.ts";
import { systemMessage } from "../text/message.ts";

/** Writes the inventory, never over what this program has not written. @param found what is there, if it is this program's own. */
export function inventoryWriter(file: string, found: string | null): NewClusterOptions["write"] {
	let own = found;
	return (text) => {
		const written = writeNewFile(file, text, own);
		if (written.problems === undefined) own = text;
		return written;
	};
}

/** Saves the report beside the inventory, as CLUSTER.md. */
export function reportWriter(file: string): NewClusterOptions["report"] {
	return (bootstrap, version, proofs) => {
		const path = join(dirname(resolve(file)), `${bootstrap.inventory.cluster}.md`);
		return writeReport(path, bootstrapReport(bootstrap, version, proofs));
	};
}

/** Only over an earlier report. @returns a sentence about it. */
function writeReport(path: string, text: string): string {
	try {
		if (existsSync(path) && !readFileSync(path, "utf8").startsWith("# Cluster "))
			return `The report was not written: ${path} is another file.`;
		writeFileSync(path, text);
		return `The report is in ${path}.`;
	} catch (error) {
		return `The report could not be written to ${path}: ${systemMessage(error)}.`;
	}
}
