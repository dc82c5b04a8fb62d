import type { ConfSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { confValue, entryOf, numberOf, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** `more` must be at least `less` plus `gap`, with repmgr's defaults (configfile.c, "other sanity checks"). */
const ORDERS = [
	{ more: "standby_reconnect_timeout", less: "node_rejoin_timeout", defaults: [60, 60], gap: 0 },
	{ more: "archive_ready_critical", less: "archive_ready_warning", defaults: [128, 16], gap: 1 },
	{ more: "replication_lag_critical", less: "replication_lag_warning", defaults: [600, 300], gap: 1 },
] as const;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
	failover: ["automatic", "manual"],
	connection_check_type: ["ping", "connection", "query"],
	replication_type: ["physical"],
};

const LEAST: Readonly<Record<string, number>> = {
	monitor_interval_secs: 1,
	// repmgr's manual says that 0 disables it, but the code refuses 0 (configdata.c).
	child_nodes_check_interval: 1,
	reconnect_attempts: 0,
	reconnect_interval: 0,
	priority: 0,
};

/** CONF_CONTRADICTION: values that repmgr refuses, alone or together. */
export const confContradiction = nodeRule("CONF_CONTRADICTION", ["conf"], ({ conf }, node) =>
	[...wrongChoices(conf), ...wrongNumbers(conf), ...wrongOrders(conf)].map(({ name, value, message }) => ({
		severity: "error",
		message: `repmgr.conf of ${quoted(node.registration)}: ${message}`,
		place: placeOf(conf, name),
		why: "repmgr and repmgrd refuse to start with such a file. A running repmgrd keeps the values that it read before.",
		link: repmgrManual("configuration-file"),
		change: [confLine(node, conf, name, value)],
	})),
);

interface Wrong {
	readonly name: string;
	/** A valid value. */
	readonly value: string;
	readonly message: string;
}

function wrongChoices(conf: ConfSetup): readonly Wrong[] {
	return Object.entries(CHOICES).flatMap(([name, choices]) => {
		const value = confValue(conf, name);
		return value === "" || choices.includes(value.toLowerCase())
			? []
			: [{ name, value: choices[0] ?? "", message: `${name} can't be "${value}"` }];
	});
}

function wrongNumbers(conf: ConfSetup): readonly Wrong[] {
	return Object.entries(LEAST).flatMap(([name, least]) => {
		const value = confValue(conf, name);
		if (value === "" || Number.parseInt(value, 10) >= least) return [];
		return [{ name, value: String(least), message: `${name} must be ${least} or greater, not "${value}"` }];
	});
}

function wrongOrders(conf: ConfSetup): readonly Wrong[] {
	return ORDERS.flatMap(({ more, less, defaults, gap }) => {
		const [high, low] = [numberOf(conf, more, defaults[0]), numberOf(conf, less, defaults[1])];
		if (high >= low + gap) return [];
		const relation = gap === 0 ? "less than" : "not more than";
		const name = entryOf(conf, more) ? more : less;
		const value = name === more ? low + gap : high - gap;
		return [{ name, value: String(value), message: `${more} (${high}) is ${relation} ${less} (${low})` }];
	});
}
