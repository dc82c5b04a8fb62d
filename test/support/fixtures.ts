import { readFileSync } from "node:fs";
import type { RepmgrEvent } from "../../src/model/server-reading.ts";
import type { PollAnswer } from "../../src/probe/server/parse.ts";
import type { ServerFacts } from "../../src/probe/server/sql.ts";
import type { SetupAnswer } from "../../src/probe/setup/parse-sql.ts";
import type { SetupRights } from "../../src/probe/setup/sql.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** What one real server answered to the two statements of src/probe/server/sql.ts. */
export interface RecordedServer {
	readonly facts: ServerFacts;
	readonly answer: PollAnswer;
	readonly events?: readonly RepmgrEvent[];
}

export function fixtureText(path: string): string {
	return readFileSync(new URL(path, FIXTURES), "utf8");
}

export function recordedServer(name: string): RecordedServer {
	const { facts, answer } = JSON.parse(fixtureText(`server/${name}.json`));
	const { events, ...rest } = answer;
	return { facts, answer: rest, events: events ?? [] };
}

/** What one real server answered to the two statements of src/probe/setup/sql.ts. */
export interface RecordedSetup {
	readonly rights: SetupRights;
	readonly setup: SetupAnswer;
}

/** What was not asked for yet. */
const BEFORE = { syncedSlots: [], physicalSlots: [], followsWithDatabase: null, repmgrVersion: null };

export function recordedSetup(name: string): RecordedSetup {
	const { rights, setup } = JSON.parse(fixtureText(`server/${name}.json`)) as RecordedSetup;
	return { rights, setup: { ...BEFORE, ...setup } };
}

/** The answer of a server that was asked with the digest of the copy of repmgr.nodes it has. */
export function withoutRows(answer: PollAnswer): PollAnswer {
	return { ...answer, nodes: answer.nodes && { digest: answer.nodes.digest, rows: null } };
}
