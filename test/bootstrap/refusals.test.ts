import { expect, test } from "vitest";
import { authorityRefusals } from "../../src/bootstrap/authority.ts";
import { header } from "../../src/bootstrap/files.ts";
import { shapeProofs } from "../../src/bootstrap/proof.ts";
import { refusalsOf } from "../../src/bootstrap/refusals.ts";
import { warningsOf } from "../../src/bootstrap/warnings.ts";
import { FOUR, fileLine, inventoryOf, receives, situationOf } from "./hosts.ts";

const OURS = fileLine("repmgr.conf", "644", "postgres", `${header(inventoryOf())}\n`);

/** The messages, with what to do. */
function refused(changed: Readonly<Record<string, readonly string[]>>, text = FOUR): string {
	return refusalsOf(situationOf(changed, inventoryOf(text)), new Map())
		.map(({ message, detail = "", hint = "" }) => [message, detail, hint].join(" | "))
		.join("\n");
}

test("bare hosts are not refused", () => {
	expect(refused({})).toBe("");
	for (const line of ["record own /root/.local", "record cleaned"])
		expect(refused({ pg1: ["record cluster test", line] })).toBe("");
});

test.each<[string, Readonly<Record<string, readonly string[]>>, RegExp]>([
	["another system", { pg2: ["os rocky", "like rhel centos fedora"] }, /host of "pg2" runs .* only Debian/i],
	[
		"no packages",
		{ pg2: ["offered 15 postgresql-15 15.20", "version 15"] },
		/"pg2" don't offer postgresql-15-repmgr/,
	],
	[
		"sources that can't be read",
		{ pg2: ["offered 14 x 1", "sources E: The repository is not signed."] },
		/apt-get update says: E: The repository is not signed/,
	],
	[
		"versions that differ",
		{ pg2: ["version 17", "offered 17 postgresql-17 1"] },
		/pg1: 15, pg2: 17.*postgresql: \{version/,
	],
	["data that is there", { pg2: ["found cluster"] }, /has a cluster on "pg2" already .*pg_dropcluster/],
	[
		"a cluster of Debian's",
		{ pg1: ["found cluster", "configured /var/lib/postgresql/15/main"] },
		/has a cluster on "pg1"/,
	],
	[
		"a data directory beside that of the cluster VERSION/main, even an unfinished one",
		{ pg1: ["found empty", "unfinished yes", "configured /srv/other"] },
		/another data directory: \/srv\/other/,
	],
	[
		"a clone that was not ended, even where repmgr.conf is ours",
		{ pg2: [OURS, "found cluster", "standby yes", "identifier 1", "beside clone"] },
		/a clone was not ended on "pg2" .*repmgr-console runs/,
	],
	[
		"a mark of others",
		{ pg2: [OURS, "beside other"] },
		/main\.repmgr-console on "pg2" is not of this bootstrap/,
	],
	[
		"what was added for another cluster, and not taken back",
		{ pg2: ["record cluster test", "record file /etc/sudoers.d/repmgr-console"] },
		/"pg2" was set up for the cluster "test", not for "prod".*undo it first/,
	],
	["a data directory that is a link", { pg3: ["found link"] }, /on "pg3" is a symbolic link/],
	[
		"an operation that holds its lock",
		{ pg2: ["left lock-7300"], pg3: ["left lock-7300"] },
		/an operation .* on pg2 and pg3 \| There is lock-7300 in .*runs resume/,
	],
	["a rewind that broke off", { pg2: ["left rewind-_srv_main"] }, /a rewind was not ended on pg2 .*rejoin/],
	["a fenced node", { pg1: ["left fence-7300-1.json"] }, /a node is fenced on pg1 .*unfence/],
	[
		"a standby that receives from another node, seen by its name",
		{ pg3: [receives("pg1")] },
		/"pg3" receives from "pg1", not from "pg2" .*upstream: pg1/,
	],
	[
		"a standby that receives from another node, seen by its address",
		{ pg3: [receives("10.0.0.1")] },
		/"pg3" receives from "pg1", not from "pg2"/,
	],
	["other files there", { pg3: ["found other"] }, /pg3.* is not empty/],
	[
		"a repmgr node already",
		{ pg2: [fileLine("repmgr.conf", "644", "postgres", "node_id=7\n")] },
		/\/etc\/repmgr.conf on "pg2" was not written for the cluster "prod"/,
	],
	["a port that is taken", { pg4: ["listening yes"] }, /port 5432 is taken on "pg4"/],
	[
		"a file by which libpq checks certificates",
		{ pg2: ["authority /var/lib/postgresql/.postgresql/root.crt"] },
		/root.crt on "pg2" makes libpq check certificates \| .* no authority has signed/,
	],
	["too little disk", { pg1: ["disk 500000 400000"] }, /too little disk .*"pg1" \| 390 MB are free/],
	[
		"a name that one host can't resolve",
		{ pg2: ["name pg1 10.0.0.1", "name pg3 10.0.0.3"] },
		/"pg2" can't resolve pg4/,
	],
	[
		"a name that leads to the host itself",
		{ pg2: ["name pg1 127.0.1.1", "name pg3 10.0.0.3", "name pg4 10.0.0.4"] },
		/"pg2" resolves pg1 to itself/,
	],
	[
		"a port that a firewall drops",
		{ pg2: ["port pg1 5432 silent"] },
		/"pg2" does not reach port 5432 of pg1 \| Nothing answers/,
	],
	[
		"a primary that is a standby now",
		{ pg1: [OURS, "found cluster", "standby yes", "identifier 1"] },
		/"pg1" is not the primary any more/,
	],
	[
		"a standby that was promoted",
		{ pg1: [OURS, "found cluster", "identifier 1"], pg2: [OURS, "found cluster", "identifier 1"] },
		/"pg2" is not the standby any more/,
	],
	[
		"data of another cluster",
		{
			pg1: [OURS, "found cluster", "identifier 1"],
			pg2: [OURS, "found cluster", "standby yes", "identifier 2"],
		},
		/not of one cluster .*1 and 2/,
	],
	[
		"data only on a standby",
		{ pg2: [OURS, "found cluster", "standby yes", "identifier 1"] },
		/"pg1" has no data, but a standby has/,
	],
])("%s is refused", (_, changed, message) => {
	expect(refused(changed)).toMatch(message);
});

test("an archive that the user whom the packages make could not write is told before there is that user", () => {
	const text = `${FOUR}archive: {directory: /mnt/wal}\n`;
	expect(refused({ pg2: ["archive closed"] }, text)).toMatch(
		/\/mnt\/wal on "pg2" can't be written by postgres, a user that does not exist there yet .*adduser/,
	);
	expect(refused({ pg2: ["home /srv/pg", "archive unwritable"] }, text)).toMatch(
		/can't be written by postgres on "pg2"/,
	);
});

test("what makes this console check certificates is told, where it would watch with TLS", () => {
	const said = (text: string, authority: string | null) =>
		authorityRefusals(inventoryOf(text), authority).map(({ message }) => message);
	const root = "/home/me/.postgresql/root.crt";
	expect(said(FOUR, null)).toEqual([]);
	expect(said(FOUR, root)).toEqual([`${root} makes this console check certificates`]);
	expect(said(FOUR, "system")).toEqual(["PGSSLROOTCERT=system makes this console check certificates"]);
	expect(said(`${FOUR}tls: off\n`, root)).toEqual([]);
	expect(said(`${FOUR}console: false\n`, root)).toEqual([]);
});

test("WAL in the archive's directory is another cluster's until there is a primary", () => {
	const text = `${FOUR}archive: {directory: /mnt/wal}\n`;
	const there = ["archive there", "archived 12"];
	expect(refused({ pg2: there }, text)).toMatch(
		/\/mnt\/wal on "pg2" has the WAL of another cluster \| It has 12 files/,
	);
	expect(refused({ pg2: ["archive there", "archived 0"] }, text)).toBe("");
	expect(refused({ pg1: [OURS, "found cluster", "identifier 1"], pg2: there }, text)).toBe("");
});

test("a directory that a step of ours has not finished is not in the way", () => {
	expect(refused({ pg2: [OURS, "found cluster", "unfinished yes"] })).toBe("");
});

test("the sender of a standby's WAL must be its upstream, by name or address, for the proof", () => {
	const proof = (line: string) =>
		shapeProofs(situationOf({ pg3: [line] })).find(({ title }) => title === '"pg3" streams from "pg2"');
	expect(proof(receives("pg2"))?.isOk).toBe(true);
	expect(proof(receives("10.0.0.2"))?.isOk).toBe(true);
	expect(refused({ pg3: [receives("10.0.0.2")] })).toBe("");
	for (const other of ["pg1", "10.0.0.1", "10.9.9.9", "/tmp"])
		expect(proof(receives(other))?.isOk).toBe(false);
	expect(proof(receives("10.9.9.9"))?.found).toContain("10.9.9.9");
	// Nothing is said against one that is not known.
	expect(refused({ pg3: [receives("10.9.9.9")] })).toBe("");
});

test("clocks count as wrong only where slow answers can't explain it", () => {
	const situation = situationOf({ pg2: ["time 1796038458.4"] });
	const asked = (slowMs: number) =>
		new Map(
			["pg1", "pg2"].map((name) => [
				name,
				{ sentAt: 1_796_038_448_400, receivedAt: 1_796_038_448_500 + slowMs },
			]),
		);
	expect(refusalsOf(situation, asked(0))[0]?.message).toMatch(
		/clock of "pg2" is at least 9\.\d s ahead of that of "pg1"/,
	);
	expect(refusalsOf(situation, asked(9000))).toEqual([]);
});

test("trust is warned of, and refused where it would let in every user of a host", () => {
	const text = `${FOUR}authentication: trust\n`;
	expect(warningsOf(situationOf({}, inventoryOf(text)))[0]).toMatch(
		/^trust: .*superuser.*without a password/,
	);
	expect(refused({ pg2: ["own 127.0.1.1"] }, text)).toMatch(
		/"pg2" resolves its own name pg2 to 127\.0\.1\.1/,
	);
	expect(refused({ pg2: ["own 127.0.1.1"] })).toBe("");
});
