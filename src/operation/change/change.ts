import type { ChangeIntent } from "../../model/intent.ts";
import type { Operation } from "../operation.ts";
import { planPassword } from "./password.ts";

export const CHANGE: Operation<ChangeIntent> = {
	kind: "change",
	title: "change repmgr's password",
	about:
		"Gives repmgr's role another password on the primary, on every witness and in the password file of every host at once. Existing connections stay. Nobody sees the password.",
	commandLine: {
		about: "change the password of repmgr's role on all servers and in all password files at once",
		words: [
			{
				key: "what",
				about: "password: that of repmgr's role; a node's address, port or sslmode is changed by hand",
				choices: ["password"],
				isRequired: true,
			},
		],
		options: [
			{
				flags: "--password-file <file>",
				about: "the new password is the first line of this file (- for standard input); else one is made",
				key: "passwordFile",
			},
			{
				flags: "--ask-password",
				about: "the new password is typed at the terminal, without echo",
				key: "askPassword",
				excludes: "passwordFile",
			},
		],
	},
	questions: () => [
		{
			key: "what",
			kind: "choice",
			title: "What",
			choices: [
				{
					value: "password",
					label: "password",
					note: "a new one is made; your own: change password --ask-password",
					unfit: null,
				},
			],
		},
	],
	intent: ({ passwordFile, askPassword }) => ({
		kind: "change",
		what: "password",
		password: passwordFile === undefined && askPassword !== true ? "generated" : "given",
	}),
	needs: { passwords: true },
	plan: planPassword,
};
