import type { InventoryNode } from "../../model/inventory.ts";
import { blockIn, header } from "../files.ts";
import { hostSteps } from "../host-steps.ts";
import { asPostgres, command, type Name, NodeContext } from "../node-context.ts";
import type { BootstrapPlan } from "../plan.ts";
import { isTakenBack, recorded, recordedCluster } from "../record.ts";
import { surveyOf, versionOf } from "../situation.ts";
import type { BootstrapStep, FileWork } from "../step.ts";
import { PATHS } from "../survey-script.ts";
import {
	CLEAN_SCRIPT,
	DROP_SCRIPT,
	PURGE_SCRIPT,
	STOP_REPMGRD_SCRIPT,
	UNKEY_SCRIPT,
	UNWRITE_SCRIPT,
} from "./scripts.ts";
import type { UndoSituation } from "./survey.ts";

/**
 * What takes back everything that the records of the hosts have: repmgrd everywhere, then on each host at once the server with its
 * data, the files, the packages, and what these leave. Steps in the reverse order of those that they undo. Of a host whose record says
 * that all of it was taken back, nothing: what is there now came later.
 */
export function undoPlanOf(situation: UndoSituation): BootstrapPlan {
	const nodes = situation.inventory.nodes.filter((node) => {
		const survey = surveyOf(situation, node);
		return recordedCluster(survey) !== null && !isTakenBack(survey);
	});
	const [version] = nodes.flatMap((node) => recorded(surveyOf(situation, node), "place"));
	return {
		cluster: situation.inventory.cluster,
		version: version === undefined ? versionOf(situation) : Number.parseInt(version, 10),
		steps: nodes.flatMap((node) => stepsOf(situation, node, nodes)),
	};
}

const FILES: readonly Name[] = [
	"unit",
	"sudoers",
	"repmgr-conf",
	"passwords",
	"authorized-keys",
	"known-hosts",
	"no-cluster",
];

function stepsOf(
	situation: UndoSituation,
	node: InventoryNode,
	nodes: readonly InventoryNode[],
): readonly BootstrapStep[] {
	const host = new NodeContext(situation, node);
	const { survey } = host;
	const undo = situation.undo.get(node.name);
	const key = (name: string, of = node): string => `undo-${name}-${of.id}`;
	const step = (
		name: string,
		title: string,
		after: readonly string[],
		isDone: boolean,
		work: BootstrapStep["work"],
	): BootstrapStep => ({ key: key(name), node: node.name, title, after, isDone, work });
	const { repmgrd, files } = survey;
	const places = recorded(survey, "place").map((line) => line.split(" "));
	const written = hostSteps(host).flatMap(({ key: known, work }) =>
		FILES.some((name) => host.own(name).includes(known)) && work.kind === "file" ? [{ known, work }] : [],
	);
	const taken = written
		.filter(({ work }) =>
			recorded(survey, "file")
				.concat(recorded(survey, "had"))
				.some((line) => line.split(" ")[0] === work.path),
		)
		.map(({ known, work }) => ({ key: `undo-${known}`, work }));
	const server = places.map((_, index) => key(`server${index}`));
	const keyFile = recorded(survey, "file").find((path) => path.endsWith("/.ssh/id_ed25519"));
	const filesDone = [...taken.map((one) => one.key), key("key")];
	const packages = undo?.package ?? [];
	return [
		step(
			"repmgrd",
			"stop repmgrd, and keep it from starting",
			[],
			!files.has("unit") || !["active", "activating", "enabled"].some((word) => repmgrd.includes(word)),
			command(STOP_REPMGRD_SCRIPT, [PATHS.unit], ["systemctl disable repmgrd", "systemctl stop repmgrd"]),
		),
		...places.map(([version = "", data = ""], index) =>
			step(
				`server${index}`,
				"stop PostgreSQL, and delete its data",
				// On every host: else a standby would be promoted now.
				nodes.map((one) => key("repmgrd", one)),
				undo?.place.some(
					([state, ...place]) => state === "gone" && place.join() === [version, data].join(),
				) === true,
				command(
					DROP_SCRIPT,
					[version, data],
					[`systemctl stop postgresql@${version}-main`, `pg_dropcluster ${version} main   # ${data}`],
				),
			),
		),
		...taken.map(({ key: name, work }) => ({
			...{ key: name, node: node.name, after: [...server, key("repmgrd")] },
			title: work.part === "whole" ? `remove ${work.path}` : `remove our lines from ${work.path}`,
			isDone: isGone(host, work),
			work: command(
				UNWRITE_SCRIPT,
				[work.path, work.owner, work.part, header(situation.inventory)],
				[
					work.part === "whole"
						? `rm ${work.path}`
						: `sed -i '/^# repmgr-console begin/,/^# repmgr-console end/d' ${work.path}   # removed, if it is empty then and was not there before`,
				],
			),
		})),
		step(
			"key",
			"remove the SSH key of postgres",
			server,
			keyFile === undefined || survey.key === undefined,
			command(UNKEY_SCRIPT, [], keyFile === undefined ? [] : [asPostgres(`rm ${keyFile} ${keyFile}.pub`)]),
		),
		step(
			"packages",
			"remove the packages that were installed",
			[...filesDone, ...server],
			packages.length === 0,
			command(PURGE_SCRIPT, [], [`apt-get purge ${packages.join(" ")}`]),
		),
		step(
			"rest",
			"remove users, groups and empty directories that were not there",
			[key("packages")],
			isTakenBack(survey),
			command(
				CLEAN_SCRIPT,
				[],
				[
					...recorded(survey, "user").map((name) => `userdel ${name}`),
					...recorded(survey, "group").map((name) => `groupdel ${name}`),
					...recorded(survey, "directory")
						.toReversed()
						.map((path) => `rmdir ${path}`),
				],
			),
		),
	];
}

/** A file that was there before stays, without our lines; one that others have written to since, too. */
function isGone({ survey }: NodeContext, { file, path, part }: FileWork): boolean {
	const found = survey.files.get(file);
	if (found === undefined) return true;
	if (part === "whole" || blockIn(found.content) !== "") return false;
	return found.content !== "" || !recorded(survey, "file").includes(path);
}
