import type { Refusal } from "../../bootstrap/refusal.ts";
import type { Inventory } from "../../model/inventory.ts";
import { DATA_DIRECTORY } from "../cluster/host.ts";

/** What of an inventory the simulated hosts can't become; each is about one question. */
export function limitsOf({ postgresql, archive, slots, synchronous }: Inventory): readonly Refusal[] {
	const { dataDirectory, port } = postgresql;
	const beyond = [
		{ key: "postgresql.port", what: `another port than 5432`, isWanted: port !== 5432 },
		{
			key: "postgresql.data_directory",
			what: `another data directory than ${DATA_DIRECTORY}`,
			isWanted: dataDirectory !== null && dataDirectory !== DATA_DIRECTORY,
		},
		{ key: "synchronous", what: "synchronous replication", isWanted: synchronous },
		{ key: "slots", what: "replication without slots", isWanted: !slots },
		{
			key: archive?.directory === null ? "archive.command" : "archive.directory",
			what: "a WAL archive",
			isWanted: archive !== null,
		},
	];
	return beyond
		.filter(({ isWanted }) => isWanted)
		.map(({ key, what }) => ({ key, message: `not part of practice yet: ${what}` }));
}
