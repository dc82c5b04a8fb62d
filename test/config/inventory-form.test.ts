import { expect, test } from "vitest";
import {
	answerProblem,
	answersOf,
	answerTo,
	inventoryOfAnswers,
	inventoryText,
	openQuestion,
} from "../../src/config/inventory-form/answers.ts";
import { inventoryQuestions } from "../../src/config/inventory-form/questions.ts";
import { TEMPLATES } from "../../src/config/inventory-form/templates.ts";
import { knownInventoryKeys } from "../../src/config/inventory-schema.ts";

const HOME = "/home/me";
const HOSTS = "pg1 pg2 pg3 pg4 pg5";

test("every question that is a key of the file is one that the schema knows", () => {
	const own = ["template", "hosts", "names", "ids", "detection"];
	for (const { key } of inventoryQuestions({}, null)) {
		const [section = "", name] = key.split(".");
		if (!own.includes(key)) expect(knownInventoryKeys([]), key).toContain(section);
		if (name !== undefined) expect(knownInventoryKeys([section]), key).toContain(name);
	}
});

test.each(Object.entries(TEMPLATES))("with every default, %s is a valid inventory", (template, { least }) => {
	const answers = { template, hosts: HOSTS.split(" ").slice(0, least).join(" ") };
	expect(openQuestion(answers, HOME)).toBeNull();
	expect(inventoryOfAnswers(answers, "f.yaml", HOME).problems).toBeUndefined();
	for (const question of inventoryQuestions(answers, [15])) {
		if (question.choices !== null)
			expect(
				question.choices.map(({ value }) => value),
				question.key,
			).toContain(answerTo(question, answers));
	}
});

test("hosts that differ in their domains only have usual names that differ", () => {
	const answers = {
		template: "two-and-witness",
		hosts: "db.paris.example db.rome.example witness.rome.example",
	};
	expect(answerProblem({ template: "two-and-witness" }, "hosts", answers.hosts, HOME)).toBeNull();
	const names = ["db.paris.example", "db.rome.example", "witness"];
	expect(inventoryOfAnswers(answers, "f.yaml", HOME).value?.nodes.map(({ name }) => name)).toEqual(names);
	expect(answersOf(inventoryText(answers), "f.yaml", HOME)).toEqual(answers);
});

test("an answer arrives in the file, and the file leads back to the answers; one that was changed does not", () => {
	const answers = {
		template: "two-sites",
		hosts: HOSTS,
		names: "a b c d e",
		cluster: "15",
		"ssh.user": "dba",
		"postgresql.port": "5433",
		"postgresql.data_directory": "/srv/pg/main",
		"postgresql.checksums": "false",
		authentication: "trust",
		"failover.mode": "automatic",
		detection: "6x10",
		"repmgr.user": "rep",
		tls: "off",
		synchronous: "on",
		"archive.command": "push '%p' # \"%f\"",
		"archive.restore": "fetch %f %p",
	};
	const text = inventoryText(answers);
	expect(inventoryOfAnswers(answers, "f.yaml", HOME).value).toMatchObject({
		cluster: "15",
		postgresql: { port: 5433, dataDirectory: "/srv/pg/main", checksums: false },
		authentication: "trust",
		failover: { attempts: 6, intervalSeconds: 10 },
		repmgr: { user: "rep" },
		...{ tls: false, synchronous: true },
		archive: { command: "push '%p' # \"%f\"", restore: "fetch %f %p" },
	});
	const { "failover.mode": _, ...said } = answers;
	expect(answersOf(text, "f.yaml", HOME)).toEqual(said);
	expect(answersOf(text.replace("priority: 100", "priority: 90"), "f.yaml", HOME)).toBeNull();
});

test.each([
	["hosts", "pg1 pg2", "2 hosts were named: this kind of cluster has 4 or more"],
	["hosts", "pg1 pg2 pg3 pg_4", 'invalid value for "host": "pg_4"'],
	["names", "a b", "2 were given for 4 hosts"],
	["names", "a b b c", '"b" was given twice'],
	["ids", "1 2 3 x", 'invalid value for "id": "x"'],
	["postgresql.port", "80", 'invalid value for "port": 80'],
	["postgresql.port", "5432\nx: y", 'invalid value for "port": "5432\\nx: y"'],
	["postgresql.data_directory", "/a b", 'invalid value for "data_directory": "/a b"'],
	["ssh.identity", "~", 'invalid value for "identity": nothing'],
])("%s can't be %j", (key, answer, message) => {
	const answers = { hosts: "pg1 pg2 pg3 pg4" };
	expect(answerProblem(answers, key, answer, HOME)?.message).toBe(message);
});
