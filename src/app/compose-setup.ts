import { parsePassfile } from "../config/passfile.ts";
import { parseConninfo, redactConninfo, unreadableConninfo } from "../libpq/conninfo.ts";
import type { SetupReader } from "../probe/setup/parse.ts";
import { copiedFiles, scanWithIncludes } from "../repmgr/includes.ts";

/** What the check of the set-up takes from the room config: the forms of files and of conninfo. */
export const setupReader: SetupReader = {
	conf(path, texts) {
		const { entries, problems } = scanWithIncludes(path, copiedFiles(texts));
		return {
			entries: entries.map(({ name, value, where }) => ({ name, value, place: where })),
			problems: problems.map(({ message, where }) => ({
				// What the host printed in the place of what it does not hand out.
				message: message.replace(/, near token "\?"$/, ""),
				place: where ?? { file: path, line: null },
			})),
		};
	},
	conninfo(text) {
		const shown = redactConninfo(text);
		return shown === unreadableConninfo ? null : (parseConninfo(shown).value ?? null);
	},
	passfile: (text) => parsePassfile(text).flatMap(({ password, ...line }) => (password === "" ? [] : [line])),
};
