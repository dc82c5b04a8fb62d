import { choice, type InventoryQuestion, question } from "./question.ts";
import { hostsOf, type InventoryAnswers, rolesPreview } from "./templates.ts";

/** Questions with a default that few change: they are in the summary only. */
export function furtherQuestions(answers: InventoryAnswers): readonly InventoryQuestion[] {
	const hosts = hostsOf(answers);
	return [
		question(
			"ids",
			"ids of the nodes",
			"What are the nodes' ids?",
			"repmgr's node_id of each node, in the order of the hosts. Each is used once.",
			hosts.map((_, index) => index + 1).join(" "),
			{ preview: () => rolesPreview(answers) },
		),
		question(
			"tls",
			"encryption (TLS)",
			"Encrypt connections?",
			"Each server gets its own key and certificate and accepts the nodes and this console only over TLS, so that nobody on the network can read what they send. Clients do not check which server they reach, unless they have a ~/.postgresql/root.crt.",
			"on",
			{
				choices: [
					choice("on", "yes", "all connections between the nodes, and this console's"),
					choice("off", "no", "as Debian has it: encrypted if both sides can, and not required"),
				],
			},
		),
		question(
			"slots",
			"replication slots",
			"Replication slots?",
			"A slot keeps WAL for a standby that is away, up to a limit, so that it can go on when it is back.",
			"true",
			{
				choices: [
					choice("true", "yes", "limited to a quarter of the smallest disk"),
					choice("false", "no", "a standby that was away for long has to be cloned again"),
				],
			},
		),
		question(
			"archive.directory",
			"WAL archive",
			"Archive WAL in a directory?",
			"Full WAL segments are copied there, for backups and for standbys that were away for long. A directory that all nodes share, such as one of NFS, which postgres may write.",
			"",
			{ usualWords: "no archive" },
		),
		question(
			"archive.command",
			"archive_command",
			"Archive WAL with a command of your own?",
			"Such as a backup program's, instead of a directory. %p is the segment's path, %f its name.",
			"",
			{ usualWords: "none" },
		),
		question(
			"archive.restore",
			"restore_command",
			"Which command brings a segment back?",
			"The other half of archive_command: it copies the segment %f to %p.",
			"",
			{ usualWords: "none" },
		),
		question(
			"postgresql.locale",
			"locale",
			"Which locale?",
			"Sorting and letters of the databases; the encoding is UTF-8.",
			"C.UTF-8",
			{},
		),
		question(
			"repmgr.user",
			"repmgr's role",
			"repmgr's role?",
			"The role in the database that repmgr works as; it has to be a superuser.",
			"repmgr",
			{},
		),
		question(
			"repmgr.database",
			"repmgr's database",
			"repmgr's database?",
			"Where repmgr keeps what it knows of the nodes.",
			"repmgr",
			{},
		),
		question(
			"console.user",
			"this console's role",
			"This console's role?",
			"The role with which this console watches the cluster: it may see everything and change nothing.",
			"console",
			{},
		),
		question("ssh.port", "SSH port", "Which SSH port?", "On which port the hosts' SSH servers listen.", "", {
			usualWords: "as ~/.ssh/config says, else 22",
		}),
		question("ssh.identity", "SSH key", "Which SSH key?", "The file of the private key to log in with.", "", {
			usualWords: "the agent's keys and those of ~/.ssh/config",
		}),
	];
}
