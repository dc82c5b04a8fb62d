import { Box, Text } from "ink";
import type { ReactNode } from "react";
import stringWidth from "string-width";
import type { ClusterSnapshot } from "../../model/snapshot.ts";
import { headlineOf } from "../../presentation/headline.ts";
import type { ConsoleState } from "../../store/console-store.ts";
import { formatAge, formatDuration, formatTime } from "../../text/format.ts";
import { useTheme } from "../theme/theme.ts";

/** With the gap before it. */
const READ_ONLY_WIDTH = 14;

interface HeaderProps {
	/** What is shown. */
	readonly data: ConsoleState;
	/** Epoch ms; it goes on while the display is frozen. */
	readonly now: number;
	readonly isFrozen: boolean;
	/** Permanent messages, one a line; usually none. */
	readonly banner: readonly string[];
	/** The findings stand right under it: it says how the nodes are. */
	readonly isHome: boolean;
	/** Of the terminal. */
	readonly columns: number;
}

/** The cluster's name, and the verdict. */
export function Header({ data, now, isFrozen, banner, isHome, columns }: HeaderProps): ReactNode {
	const theme = useTheme();
	const { snapshot, isReadOnly } = data;
	const clock = isFrozen
		? ` FROZEN since ${formatTime(snapshot.takenAt)} UTC `
		: `  polled ${formatAge(newestAge(snapshot))}   ${formatTime(now)} UTC`;
	const taken =
		stringWidth(`cluster ${snapshot.cluster.name}`) + (isReadOnly ? READ_ONLY_WIDTH : 0) + clock.length;
	const facts = thatFit(
		factsOf(snapshot).map((fact) => `   ${fact}`),
		columns - taken,
	);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Box justifyContent="space-between">
				<Text wrap="truncate">
					<Text {...theme.muted}>cluster </Text>
					<Text {...theme.title}>{snapshot.cluster.name}</Text>
					{isReadOnly && (
						<Text>
							{"   "}
							<Text {...theme.badge}> read-only </Text>
						</Text>
					)}
					<Text {...theme.muted}>{facts.join("")}</Text>
				</Text>
				<Box flexShrink={0}>
					{isFrozen ? <Text {...theme.badge}>{clock}</Text> : <Text {...theme.muted}>{clock}</Text>}
				</Box>
			</Box>
			<Verdict data={data} now={now} isHome={isHome} columns={columns} />
			{banner.map((line) => (
				<Text key={line} wrap="truncate">
					<Text {...theme.badge}>{` ${line} `}</Text>
				</Text>
			))}
		</Box>
	);
}

function Verdict({
	data,
	now,
	isHome,
	columns,
}: Pick<HeaderProps, "data" | "now" | "isHome" | "columns">): ReactNode {
	const theme = useTheme();
	const { severity, word, code, text, state, period, seen = "", more } = headlineOf(data);
	if (isSilent(data.snapshot))
		return <Text {...theme.banner} wrap="truncate">{` ${word.toUpperCase()}  ${text} `}</Text>;
	const lasted = period === null ? "" : formatDuration((now - period.since) / 1000);
	const others = more > 0 ? [`+${more} more`] : [];
	const since =
		period === null ? [] : [period.isExact ? `${formatTime(period.since)}, ${lasted}` : `≥${lasted}`];
	const codes = code === null ? [] : [code];
	const age = seen === "" ? [] : [seen];
	// The sentence comes first: what would cut it is left out.
	const room = columns - stringWidth(`${word}  ${text}`);
	const notes = [
		[...codes, ...age, ...since, ...others],
		[...codes, ...since, ...others],
		[...since, ...others],
		others,
	].map((parts) => (parts.length === 0 ? "" : `  ${parts.join("   ")}`));
	const note = isHome ? "" : (notes.find((one) => stringWidth(one) <= room) ?? notes.at(-1) ?? "");
	return (
		<Box justifyContent="space-between">
			<Text wrap="truncate">
				<Text {...theme[severity]}>{word.toUpperCase()}</Text>
				{`  ${isHome ? state : text}`}
			</Text>
			<Box flexShrink={0}>
				<Text {...theme.muted}>{note}</Text>
			</Box>
		</Box>
	);
}

/** The first texts that fit into this width together. */
function thatFit(texts: readonly string[], width: number): readonly string[] {
	let left = width;
	return texts.filter((text) => {
		left -= stringWidth(text);
		return left >= 0;
	});
}

/** No node answers, though at least one was asked: nothing on the screen is current. */
function isSilent({ nodes }: ClusterSnapshot): boolean {
	return (
		nodes.length > 0 && nodes.every(({ observed }) => !observed.reachable && observed.status !== "unknown")
	);
}

/** The age of the newest successful reading of any node, in ms; null before the first. */
function newestAge({ nodes }: ClusterSnapshot): number | null {
	const ages = nodes.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
	return ages.length === 0 ? null : Math.min(...ages);
}

function factsOf({ cluster, nodes }: ClusterSnapshot): readonly string[] {
	const primary = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	const read = primary ?? nodes.find(({ observed }) => observed.reachable);
	return [
		...(primary ? [`primary ${primary.nodeName}`, `TL ${primary.observed.timeline ?? "?"}`] : []),
		...(read?.observed.postgresVersion ? [`PostgreSQL ${read.observed.postgresVersion.split(" ")[0]}`] : []),
		...(read?.observed.repmgrVersion ? [`repmgr ${read.observed.repmgrVersion}`] : []),
	];
}
