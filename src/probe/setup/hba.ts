import type { HbaRule, HbaSetup } from "../../model/setup.ts";

const TYPES = ["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"];

/** Parses pg_hba.conf (manual 21.1) where the server itself can't be asked. A "\" at its end continues a line. */
export function parseHba(text: string, file: string): HbaSetup {
	const rules: HbaRule[] = [];
	const problems: { message: string; place: { file: string; line: number } }[] = [];
	const lines = text.split("\n");
	for (let index = 0; index < lines.length; index += 1) {
		const place = { file, line: index + 1 };
		let line = lines[index] ?? "";
		while (line.endsWith("\\") && index + 1 < lines.length) {
			index += 1;
			line = line.slice(0, -1) + (lines[index] ?? "");
		}
		const fields = fieldsOf(line);
		if (fields.length === 0) continue;
		const rule = ruleOf(fields, place);
		if (rule === null) problems.push({ message: "the line has no valid form", place });
		else rules.push(rule);
	}
	return { rules, problems };
}

/** Fields of comma-separated words; a quoted word may have blanks and commas. */
function fieldsOf(line: string): readonly (readonly string[])[] {
	const fields: string[][] = [];
	for (const [field] of line.matchAll(/(?:"[^"]*"|[^\s"#,]|,\s*(?=\S))+|#.*/g)) {
		if (field.startsWith("#")) break;
		fields.push([...field.matchAll(/(?:"[^"]*"|[^",\s])+/g)].map(([word]) => word.replaceAll('"', "")));
	}
	return fields;
}

function ruleOf(fields: readonly (readonly string[])[], place: HbaRule["place"]): HbaRule | null {
	const [type = "", databases = [], users = [], ...more] = [fields[0]?.[0], ...fields.slice(1)];
	// include directives (PostgreSQL 16): the included rules are not read, so a connection may match or not.
	if (/^include(_if_exists|_dir)?$/.test(type))
		return { place, type: "include", databases: [], users: [], address: null, netmask: null, method: "" };
	if (!TYPES.includes(type)) return null;
	const words = more.map((field) => field.join(","));
	if (type === "local") {
		const [method] = words;
		return method === undefined
			? null
			: { place, type, databases, users, address: null, netmask: null, method };
	}
	const [address, second, third] = words;
	if (address === undefined || second === undefined) return null;
	const hasMask = /^[\d.]+$|:/.test(second) && !address.includes("/");
	const method = hasMask ? third : second;
	if (method === undefined) return null;
	return { place, type, databases, users, address, netmask: hasMask ? second : null, method };
}
