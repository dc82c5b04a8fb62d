import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitsOfTheirOwn, commitsSince } from "../../src/session/own-commits.ts";
import { fixtureText } from "../support/fixtures.ts";
import { LocalHost } from "../support/local-host.ts";
import { registration } from "../support/records.ts";
import { RECORDED, readingsOf, SPLIT, timelinesIn } from "../support/timelines.ts";

/** A host whose pg_waldump tells ten recorded transactions, and whose control data are on timeline 1. */
let host: LocalHost;
beforeEach(() => {
	host = new LocalHost(1);
	mkdirSync(join(host.home, "data/pg_wal"), { recursive: true });
	writeFileSync(join(host.home, "data/pg_wal/000000010000000000000002"), "");
	writeFileSync(
		join(host.home, "data/pg_wal/00000002.history"),
		"1\t0/2003B60\tno recovery target specified\n",
	);
	program("pg_controldata", `cat <<'END'\n${fixtureText("own-wal/pg_controldata-15.txt")}\nEND`);
	program(
		"pg_waldump",
		`echo "$*" >> '${host.home}/asked'; cat <<'END'\n${fixtureText("own-wal/pg_waldump-15.txt")}\nEND\nprintf '%s' '${fixtureText("own-wal/pg_waldump-15.stderr").replaceAll("'", "")}' >&2; exit 1`,
	);
});
afterEach(() => host.remove());

function program(name: string, text: string): void {
	writeFileSync(join(host.home, name), `#!/bin/sh\n${text}\n`);
	chmodSync(join(host.home, name), 0o755);
}

const place = () => ({ ...host, dataDirectory: join(host.home, "data"), programs: `${host.home}/` });

test("a server that was promoted of late is read on its new timeline, though its control data have the old one", async () => {
	const counted = await commitsSince(place(), { timeline: 1, lsn: "0/2003B60" }, 2);
	expect(counted).toMatchObject({ count: 9, prepared: 1 });
});

test("a fork that is not in its history leaves the transactions unknown", async () => {
	expect(await commitsSince(place(), { timeline: 7, lsn: "0/2003B60" }, 1)).toBeNull();
});

test("only nodes with WAL of their own whose host can be read are asked", async () => {
	const told = timelinesIn(SPLIT, readingsOf(RECORDED));
	const targets = [{ registration: registration(1), parameters: { value: {} as never }, host: null }];
	expect(await commitsOfTheirOwn(told, [], targets)).toEqual(new Map());
});
