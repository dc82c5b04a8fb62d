import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import { formatAge, formatTime } from "../../store/format.ts";
import { verdictOf } from "../../store/verdict.ts";
import { useTheme } from "../theme.ts";

interface HeaderProps {
	readonly snapshot: ClusterSnapshot;
	/** Epoch ms. */
	readonly now: number;
	readonly isPaused: boolean;
	readonly isReadOnly: boolean;
}

/** Which cluster this is, and the verdict: the one line to read first. */
export function Header({ snapshot, now, isPaused, isReadOnly }: HeaderProps): ReactNode {
	const theme = useTheme();
	const { severity, text } = verdictOf(snapshot);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Box justifyContent="space-between">
				<Text wrap="truncate">
					<Text {...theme.title}>{snapshot.cluster.name}</Text>
					{isReadOnly && (
						<Text>
							{"   "}
							<Text {...theme.badge}> read-only </Text>
						</Text>
					)}
					<Text {...theme.muted}>{factsOf(snapshot).map((fact) => `   ${fact}`)}</Text>
				</Text>
				<Box flexShrink={0}>
					{isPaused ? (
						<Text {...theme.badge}>{` PAUSED since ${formatTime(snapshot.takenAt)} UTC `}</Text>
					) : (
						<Text
							{...theme.muted}
						>{`  polled ${formatAge(newestAge(snapshot))}   ${formatTime(now)} UTC`}</Text>
					)}
				</Box>
			</Box>
			{isSilent(snapshot) ? (
				<Text {...theme.banner} wrap="truncate">{` ${severity.toUpperCase()}  ${text} `}</Text>
			) : (
				<Text wrap="truncate">
					<Text {...theme[severity]}>{severity.toUpperCase()}</Text>
					{`  ${text}`}
				</Text>
			)}
		</Box>
	);
}

/** Nobody answers, though somebody was asked: nothing below is current. */
function isSilent({ nodes }: ClusterSnapshot): boolean {
	return nodes.length > 0 && nodes.every(({ observed, fault }) => !observed.reachable && fault !== null);
}

/** Of the newest good reading of any node, in ms; null before the first. */
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
