import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConninfoKeyword, type ConninfoValues, storeOption } from "../libpq/conninfo-keywords.ts";
import { type Configured, type Problem, refuse, systemMessage } from "../text/message.ts";
import type { Client } from "./paths.ts";

/**
 * A service's values (manual 34.17): from PGSERVICEFILE or ~/.pg_service.conf, else from the system's
 * pg_service.conf in PGSYSCONFDIR. LDAP lookups are not supported.
 */
export function readService(service: string, client: Client): Configured<ConninfoValues> {
	const given = client.environment.PGSERVICEFILE;
	if (given !== undefined && !existsSync(given))
		return refuse({ message: `service file "${given}" not found`, exitCode: 78 });
	const files = [
		given ?? join(client.home, ".pg_service.conf"),
		// What Debian's libpq was built with; PGDG's RPMs use PGSYSCONFDIR the same way.
		join(client.environment.PGSYSCONFDIR ?? "/etc/postgresql-common", "pg_service.conf"),
	];
	for (const file of files.filter((candidate) => existsSync(candidate))) {
		const found = readFrom(file, service);
		if (found !== undefined) return found;
	}
	return refuse({
		message: `definition of service "${service}" not found`,
		detail: `Searched files: ${files.join(", ")}.`,
		exitCode: 78,
	});
}

function readFrom(file: string, service: string): Configured<ConninfoValues> | undefined {
	try {
		return parseService(readFileSync(file, "utf8"), file, service);
	} catch (error) {
		return refuse({
			message: `could not read service file "${file}": ${systemMessage(error)}`,
			exitCode: 78,
		});
	}
}

/**
 * The section of one service; undefined where the file has none. As in libpq, other sections are
 * not checked, there is no space around "=", and the first of two equal keywords wins.
 */
export function parseService(
	text: string,
	file: string,
	service: string,
): Configured<ConninfoValues> | undefined {
	const values: Partial<Record<ConninfoKeyword, string>> = {};
	let inside = false;
	for (const [index, rawLine] of text.split("\n").entries()) {
		const line = rawLine.trim();
		if (line === "" || line.startsWith("#")) continue;
		if (line.startsWith("[")) {
			if (inside) break;
			inside = line.startsWith(`[${service}]`);
			continue;
		}
		if (!inside) continue;
		const problem = storeLine(values, line, { file, line: index + 1 });
		if (problem !== undefined) return refuse(problem);
	}
	return inside ? { value: values } : undefined;
}

function storeLine(
	values: Partial<Record<ConninfoKeyword, string>>,
	text: string,
	where: { readonly file: string; readonly line: number },
): Problem | undefined {
	const at = text.indexOf("=");
	const keyword = text.slice(0, Math.max(at, 0));
	const place = `service file "${where.file}", line ${where.line}`;
	if (keyword === "service")
		return { message: `nested service specifications not supported in ${place}`, where, exitCode: 78 };
	const option: Partial<Record<ConninfoKeyword, string>> = {};
	if (at === -1 || !storeOption(option, keyword, text.slice(at + 1)))
		return { message: `syntax error in ${place}`, where, exitCode: 78 };
	Object.assign(values, { ...option, ...values });
	return undefined;
}
