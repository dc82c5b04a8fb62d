import { listed, quoted } from "../../text/words.ts";
import { commandOf, placeOf } from "../conf.ts";
import { scanCommand } from "../placeholders.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** The placeholders that repmgr or PostgreSQL replaces in a command of repmgr.conf (configdata.c, dbutils.c, repmgrd-physical.c). */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
	promote_command: "n",
	follow_command: "n",
	failover_validation_command: "navut",
	child_nodes_disconnect_command: "p",
	event_notification_command: "nesdtpca%",
	restore_command: "fpr%",
	archive_cleanup_command: "r%",
};

/** Without these the command does not know the file. */
const NEEDED: Readonly<Record<string, string>> = { restore_command: "fp", archive_cleanup_command: "r" };

const COMMANDS = [
	...Object.keys(PLACEHOLDERS),
	...["start", "stop", "restart", "reload", "promote"].map((action) => `service_${action}_command`),
	"repmgrd_service_start_command",
	"repmgrd_service_stop_command",
	"ssh_options",
];

const words = (letters: readonly string[]): string =>
	listed([...new Set(letters)].map((letter) => `%${letter}`));

/** COMMAND_QUOTES: a shell refuses the whole line. */
export const commandQuotes = nodeRule("COMMAND_QUOTES", ["conf"], ({ conf }, node) =>
	COMMANDS.filter((name) => scanCommand(commandOf(conf, name) ?? "").hasOpenQuote).map((name) => ({
		severity: "error",
		message: `${name} of ${quoted(node.registration)} has an unterminated quote`,
		place: placeOf(conf, name),
		why: `A shell refuses the line ("Unterminated quoted string") and runs nothing: ${commandOf(conf, name)}.`,
		link: repmgrManual("configuration-file"),
		change: [],
	})),
);

/** COMMAND_PLACEHOLDER: a placeholder that is not replaced, or a required one that is missing. */
export const commandPlaceholder = nodeRule("COMMAND_PLACEHOLDER", ["conf"], ({ conf }, node) =>
	Object.entries(PLACEHOLDERS).flatMap(([name, known]) => {
		const command = commandOf(conf, name);
		if (command === null) return [];
		const { placeholders } = scanCommand(command);
		const letters = placeholders.map(({ letter }) => letter);
		const unknown = placeholders.filter(({ letter, isAlone }) => isAlone && !known.includes(letter));
		const missing = [...(NEEDED[name] ?? "")].filter((letter) => !letters.includes(letter));
		const trouble = [
			...(unknown.length > 0
				? [`has ${words(unknown.map(({ letter }) => letter))}, which nothing replaces`]
				: []),
			...(missing.length > 0 ? [`lacks ${words(missing)}`] : []),
		];
		if (trouble.length === 0) return [];
		return [
			{
				severity: "warning",
				message: `${name} of ${quoted(node.registration)} ${listed(trouble)}`,
				place: placeOf(conf, name),
				why: `In this command ${words([...known])} ${known.length === 1 ? "is" : "are"} replaced. ${unknown.length > 0 ? "The program gets any other one literally." : "Without it the program does not know the file."}`,
				link: repmgrManual(
					name === "event_notification_command" ? "event-notifications" : "configuration-file",
				),
				change: [],
			},
		];
	}),
);
