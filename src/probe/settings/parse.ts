import * as z from "zod";
import type { Outcome } from "../../model/fault.ts";
import type { ServerSettings } from "../../model/setting.ts";
import { sanitise } from "../../text/sanitise.ts";

const text = z.string().nullable();

const answer: z.ZodType<Omit<ServerSettings, "tried">> = z.object({
	version: z.int(),
	isSuperuser: z.boolean(),
	allowsAlterSystem: z.boolean().nullable(),
	reservedConnections: z.int(),
	pending: z.array(z.object({ name: z.string(), value: z.string(), inFile: text, place: text })),
	setting: z
		.object({
			name: z.string(),
			value: z.string(),
			shown: z.string(),
			context: z.string(),
			source: z.string(),
			place: text,
			isPending: z.boolean(),
		})
		.nullable(),
});

/** What psql printed for settingsStatement(). */
export function parseSettings(output: string): Outcome<Omit<ServerSettings, "tried">> {
	try {
		const read = answer.safeParse(sanitise(JSON.parse(output)));
		if (read.success) return { value: read.data };
	} catch {
		// Not JSON: the same fault.
	}
	return { fault: { kind: "protocol", message: "psql printed something else than the settings" } };
}
