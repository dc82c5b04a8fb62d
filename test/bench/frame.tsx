import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { render } from "ink";
import type { Report } from "../../src/model/node-state.ts";
import type { ConsoleStore } from "../../src/store/console-store.ts";
import { App } from "../../src/ui/app.tsx";
import { FRAMES_A_SECOND } from "../../src/ui/open-screen.tsx";
import { BINDINGS } from "../../src/ui/screens/index.ts";
import { FrameStream } from "../../src/ui/terminal/frame/frame-stream.ts";
import { themeFor } from "../../src/ui/theme/theme.ts";
import { BUILT_IN_THEMES } from "../../src/ui/theme/theme-records.ts";
import { fakeSession } from "../support/fake-session.ts";
import { good, NOW, primaryReading, registration, standbyReading } from "../support/records.ts";

/**
 * The screen in a process of its own, with a store fed by this file and a terminal that only counts. Bundled, and run with
 * --expose-gc by measures/screen-frame.ts:
 *
 *     frame.mjs time NODES COUNT        ms from each change to its frame
 *     frame.mjs key NODES COUNT         ms from each key to its frame, while polls come in
 *     frame.mjs memory NODES COUNT…     live bytes after each number of changes
 */

/** Changes per second: the poller reports every 25 ms. */
const CHANGES_A_SECOND = 40;

/** Fills whatever is kept for a time, such as ten minutes of lag, within 10 000 changes. */
const CHANGES_A_TICK = 16;

const CHANGES_A_RENDERING = 10;

/** Warm-up frames, not counted: code is not compiled yet. */
const WARM_UP = 30;

/** Longer than Ink delays a frame that follows another. */
const PAUSE_MS = 60;

class FakeStdout extends EventEmitter {
	readonly isTTY = true;
	readonly columns = 160;
	readonly rows = 50;
	onWrite: (text: string) => void = () => {};

	write = (text: string, done?: unknown): boolean => {
		this.onWrite(text);
		if (typeof done === "function") done();
		return true;
	};
}

function openScreen(nodes: number) {
	const known = Array.from({ length: nodes }, (_, index) => registration(index + 1));
	const session = fakeSession(known);
	const stdout = new FakeStdout();
	const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });
	const capabilities = { noScreen: null, depth: "256", isUnicode: true, isLight: null } as const;
	const themes = new Map(
		[...BUILT_IN_THEMES].map(([name, record]) => [name, themeFor(record, capabilities)]),
	);
	const screen = render(<App session={session} themes={themes} themeName="dark" bindings={BINDINGS} />, {
		stdout: new FrameStream(stdout as unknown as NodeJS.WriteStream, (text) => text).stdout,
		stdin: stdin as unknown as NodeJS.ReadStream,
		alternateScreen: true,
		interactive: true,
		exitOnCtrlC: false,
		patchConsole: false,
		maxFps: FRAMES_A_SECOND,
	});
	return { stdin, stdout, screen, change: changer(session.store, nodes) };
}

/**
 * Changes one after another: the second node, which is always visible, loses its upstream or finds it again, together with as many
 * answers as `nodes` give in 25 ms when each is polled once a second.
 */
function changer(store: ConsoleStore, nodes: number): (isQuiet?: boolean) => void {
	const registrations = store.getState().registrations;
	const batch = Math.ceil(nodes / CHANGES_A_SECOND);
	let count = 0;
	const now = (): number => NOW + (count * 1000) / CHANGES_A_SECOND;
	const report = (nodeId: number, isQuiet = false): Report => {
		const lsn = `0/${(0x5000000 + count * 8192).toString(16).toUpperCase()}`;
		const isLost = nodeId === 2 && count % 2 === 1 && !isQuiet;
		const reading =
			nodeId === 1
				? primaryReading({ registrations, currentLsn: lsn })
				: standbyReading({
						registrations,
						receiveLsn: lsn,
						replayLsn: lsn,
						...(isLost && { walReceiver: null }),
					});
		return { nodeId, of: "server", observation: good(reading, now()) };
	};
	store.receive(registrations.map(({ nodeId }) => report(nodeId)));
	return (isQuiet) => {
		count++;
		const others = Array.from({ length: batch }, (_, index) => 1 + ((count * batch + index) % nodes));
		store.receive([...new Set([2, ...others])].map((nodeId) => report(nodeId, isQuiet)));
		if (count % CHANGES_A_TICK === 0) store.tick(now());
	};
}

async function timeFrames(nodes: number, count: number): Promise<readonly number[]> {
	const { stdout, screen, change } = openScreen(nodes);
	const times: number[] = [];
	for (let frame = 0; frame < WARM_UP + count; frame++) {
		await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
		const { promise, resolve } = Promise.withResolvers<void>();
		stdout.onWrite = () => resolve();
		const started = performance.now();
		change();
		await promise;
		times.push(performance.now() - started);
	}
	screen.unmount();
	return times.slice(WARM_UP);
}

async function timeKeys(nodes: number, count: number): Promise<readonly number[]> {
	const { stdin, stdout, screen, change } = openScreen(nodes);
	const polls = setInterval(() => change(true), 1000 / CHANGES_A_SECOND);
	const times: number[] = [];
	for (let key = 0; key < WARM_UP + count; key++) {
		await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (1 + Math.random())));
		const { promise, resolve } = Promise.withResolvers<void>();
		// Marks the frame of this change: one of the clock or of positions has none.
		stdout.onWrite = (text) => text.includes("▸") && resolve();
		const started = performance.now();
		stdin.write(Math.floor(key / 3) % 2 === 0 ? "j" : "k");
		await promise;
		times.push(performance.now() - started);
	}
	clearInterval(polls);
	screen.unmount();
	return times.slice(WARM_UP);
}

/** Renders after every few changes, as often as Ink allows. */
async function bytesAlive(nodes: number, counts: readonly number[]): Promise<readonly number[]> {
	const { screen, change } = openScreen(nodes);
	const alive: number[] = [];
	for (let done = 1; alive.length < counts.length; done++) {
		change();
		if (done % CHANGES_A_RENDERING === 0) await new Promise((resolve) => setImmediate(resolve));
		if (!counts.includes(done)) continue;
		globalThis.gc?.();
		alive.push(process.memoryUsage().heapUsed);
	}
	screen.unmount();
	return alive;
}

const [what, ...numbers] = process.argv.slice(2);
const [nodes = 4, ...counts] = numbers.map(Number);
const measures = {
	time: () => timeFrames(nodes, counts[0] ?? 1),
	key: () => timeKeys(nodes, counts[0] ?? 1),
	memory: () => bytesAlive(nodes, counts),
};
const result = await measures[what as keyof typeof measures]();
process.stdout.write(JSON.stringify(result));
process.exit();
