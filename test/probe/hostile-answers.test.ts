import { expect, test } from "vitest";
import { factsAnswer } from "../../src/probe/answers.ts";
import { CrosscheckReader } from "../../src/probe/crosscheck/parse.ts";
import { parseHost, parseLock } from "../../src/probe/host/parse.ts";
import { parseLogs } from "../../src/probe/logs/parse.ts";
import { parseHba } from "../../src/probe/setup/hba.ts";
import { parseSetup } from "../../src/probe/setup/parse.ts";
import { parseSudo } from "../../src/probe/setup/sudo.ts";
import { parseHostSurvey } from "../../src/probe/survey/parse.ts";
import { redactor } from "../../src/text/redact.ts";
import { sanitise } from "../../src/text/sanitise.ts";
import { fixtureText, recordedServer } from "../support/fixtures.ts";
import { DONE_MS } from "../support/patience.ts";
import { mutateText, numbersFrom, SEED } from "../support/random.ts";
import { hostReading } from "../support/records.ts";
import { expectSound } from "../support/sound.ts";

const LOCK = JSON.stringify({
	operationId: "op-1",
	operation: "switchover",
	who: "alice on bastion1",
	since: 1.7e12,
});

const HOST = ["primary", "standby", "stopped-fast", "witness"].map((name) => fixtureText(`host/${name}.txt`));

const SUDO = `Matching Defaults entries for postgres on node1:
    env_reset, mail_badpass, !authenticate

User postgres may run the following commands on node1:
    (root) NOPASSWD: /usr/bin/systemctl start postgresql@15-main, /usr/bin/systemctl stop
        postgresql@15-main, PASSWD: /bin/true
    (ALL : ALL) ALL
`;

const SURVEY = `repmgr /usr/bin/repmgr repmgr 5.3.3
psql /usr/bin/psql
config /etc/postgresql/15/main/postgresql.conf
rewind hints on
rewind checksums 1
conf yes
id 2
sudocheck service_stop_command allowed /usr/bin/systemctl stop postgresql@15-main
sudocheck service_start_command refused
sudocheck service_reload_command skipped
program promote_command runnable /usr/bin/repmgr
unit service_stop_command postgresql@15-main MainPID=52 LoadState=loaded ActiveState=active
archivewait 125
process 12 archiver archiving 000000010000000000000003
replication |NOTICE: trying
replication |--connection=OK
label yes
writable yes
locked yes
lock ${LOCK}
${SUDO.replace(/^/gm, "sudo |")}
`;

const HBA = `local all postgres peer
host    repmgr,"a b"  +repmgr,all 10.0.0.0/8  scram-sha-256
hostssl replication repmgr 10.0.0.1 255.255.255.255 cert clientcert=verify-full # a word
include_dir "x" \\
  y
`;

const destinations = [1, 2, 3, 4].map((nodeId) => ({
	nodeId,
	host: `node${nodeId}`,
	conninfo: `host=node${nodeId}`,
	password: null,
}));
const redact = redactor(() => ["known-one"]);

function crosscheck(text: string) {
	const reader = new CrosscheckReader(destinations);
	// As it comes from the network.
	return (text.match(/[\s\S]{1,999}/g) ?? []).flatMap((piece) => reader.take(piece));
}

/** What is shown of a log; the start of its next read is passed to the host unchanged. */
function logs(text: string) {
	return [...(parseLogs(text, redact)?.values() ?? [])].map(({ look }) => look);
}

const setup = (text: string) => parseSetup(text, "/etc/repmgr.conf");

test.each<[string, readonly string[], (text: string) => unknown]>([
	["a host", HOST, (text) => parseHost(text, { from: 1e12, to: 1e12 + 100 })],
	["a survey", [SURVEY], (text) => parseHostSurvey(text, hostReading(), 2)],
	["a setup", [fixtureText("host/setup.txt")], setup],
	["logs", ["journal", "primary", "no-rights"].map((name) => fixtureText(`logs/${name}.txt`)), logs],
	[
		"crosschecks",
		["faults-a", "faults-b", "healthy"].map((name) => fixtureText(`crosscheck/${name}.txt`)),
		crosscheck,
	],
	// The setup script's lines are sanitised before.
	["sudo", [SUDO], (text) => parseSudo("postgres", sanitise(text.split("\n")), ["x allowed /bin/true"])],
	[
		"pg_hba.conf",
		[HBA],
		(text) =>
			parseHba(
				text
					.split("\n")
					.map((line) => sanitise(line))
					.join("\n"),
				"pg_hba.conf",
			),
	],
	["a lock", [LOCK], parseLock],
])(
	`2000 mutated answers of %s (seed ${SEED}) are read as something sound, or nothing`,
	(_, answers, parse) => {
		const random = numbersFrom(SEED);
		let read = 0;
		for (let times = 0; times < 2000; times++) {
			const text = mutateText(random, answers[times % answers.length] ?? "");
			const began = performance.now();
			const value = parse(text);
			expect(performance.now() - began).toBeLessThan(DONE_MS);
			expectSound(value, text);
			if (value !== null) read++;
		}
		expect(read).toBeGreaterThan(0);
	},
);

test("limits the options of ssh", () => {
	const began = performance.now();
	const [result] = crosscheck(`${"option x\n".repeat(300_000)}ssh 1 255 5 no\n`);
	expect(performance.now() - began).toBeLessThan(DONE_MS);
	expect(result?.command?.length).toBeLessThan(200);
});

test("rejects an answer that is cut off anywhere", () => {
	const answers = [fixtureText("host/setup.txt"), fixtureText("logs/primary.txt")];
	const [whole = "", log = ""] = answers.map((text) => text.trimEnd());
	for (let length = 0; length < whole.length; length += 7) expect(setup(whole.slice(0, length))).toBeNull();
	for (let length = 0; length < log.length; length += 7)
		expect(parseLogs(log.slice(0, length), redact)).toBeNull();
});

test("takes only whole lines of a crosscheck that is cut off", () => {
	const text = fixtureText("crosscheck/healthy.txt");
	const all = crosscheck(text);
	for (let length = 0; length < text.length; length++) {
		const told = crosscheck(text.slice(0, length));
		expect(told).toEqual(all.slice(0, told.length));
	}
});

test.each(["/../../../../etc", "..", "7111/../x", "", "7".repeat(21)])(
	"%j is no system identifier, of which names of files are made",
	(systemIdentifier) => {
		const { facts } = recordedServer("primary");
		expect(factsAnswer.safeParse({ ...facts, systemIdentifier: "7111" }).success).toBe(true);
		const { error } = factsAnswer.safeParse({ ...facts, systemIdentifier });
		expect(error?.issues.map(({ path }) => path.join())).toEqual(["systemIdentifier"]);
		const host =
			HOST[0]?.replace(/(Database system identifier: +)\d+/, (_, label) => `${label}${systemIdentifier}`) ??
			"";
		expect(parseHost(host, { from: 0, to: 1 }).controlData?.systemIdentifier).toBeNull();
	},
);
