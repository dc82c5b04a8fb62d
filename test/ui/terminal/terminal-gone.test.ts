import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { saveClusterCache } from "../../../src/config/cluster-cache.ts";
import { temporaryDirectory } from "../../config/directory.ts";
import { PATIENCE } from "../../support/patience.ts";
import { registration } from "../../support/records.ts";
import { Terminal } from "../../support/terminal.ts";

/** The built program on a real pseudo terminal that is taken away. */
const PROGRAM = fileURLToPath(new URL("../../../bin/repmgr-console", import.meta.url));

/** Shared: the code compiled at the first start is there for the next ones. */
const CACHE = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
afterAll(() => rmSync(CACHE, { recursive: true, force: true }));

/** From the loss of the terminal until the process has ended, ms. */
const SECONDS = 3000;

/** Accepts every connection and sends nothing. */
let mute: Server;
beforeEach(async () => {
	mute = createServer().listen(0, "127.0.0.1");
	await once(mute, "listening");
});
afterEach(() => mute.close());

const closedPort = (): number => 1;
const muteServer = (): number => (mute.address() as AddressInfo).port;

/** Opens a console that remembers one node at that port, and waits for its screen. */
async function opened(port: number): Promise<Terminal> {
	const home = temporaryDirectory({});
	const place = { host: "127.0.0.1", hostaddr: "127.0.0.1", port };
	const nodes = [registration(1, { conninfo: `host=127.0.0.1 port=${port}`, ...place })];
	await saveClusterCache(
		join(home, "repmgr-console"),
		{ targets: [place] },
		{ systemIdentifier: "7", nodes },
	);
	const terminal = new Terminal([PROGRAM, "-d", `host=127.0.0.1 port=${port} user=u dbname=d`, "--no-ssh"], {
		env: { HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: CACHE },
	});
	onTestFinished(() => terminal.close());
	await terminal.waitFor("node1");
	return terminal;
}

/** Does the console end within seconds? Otherwise it would go on invisibly. */
async function endsSoon({ exit }: Terminal): Promise<boolean> {
	const late = new Promise<false>((resolve) => setTimeout(resolve, SECONDS * PATIENCE, false));
	return await Promise.race([exit.then(() => true), late]);
}

describe.each([
	["no server listens", closedPort],
	["a server takes connections and says nothing", muteServer],
])("where %s", (_, port) => {
	test("ends when its terminal is closed", async () => {
		const terminal = await opened(port());
		terminal.hangUp();
		expect(await endsSoon(terminal)).toBe(true);
	});

	test("restores the terminal on SIGHUP", async () => {
		const terminal = await opened(port());
		terminal.kill("SIGHUP");
		expect(await endsSoon(terminal)).toBe(true);
		expect(await terminal.exit).toMatchObject({ exitCode: 0 });
		await terminal.quiet();
		expect(terminal.isAlternate).toBe(false);
		expect(terminal.isCursorHidden).toBe(false);
	});
});

describe("a blocked terminal", () => {
	/** Sends it more than the kernel buffers. */
	async function block(terminal: Terminal): Promise<void> {
		terminal.stall();
		for (let height = 31; height < 61; height++) {
			terminal.resize(200, height);
			terminal.press(height % 2 === 0 ? "?" : "h");
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}

	test("does not keep the console from ending on SIGHUP", async () => {
		const terminal = await opened(closedPort());
		await block(terminal);
		terminal.kill("SIGHUP");
		expect(await endsSoon(terminal)).toBe(true);
	});

	test("gets the newest state when it is no longer blocked, and blocked again does not delay SIGTERM", async () => {
		const terminal = await opened(closedPort());
		await block(terminal);
		terminal.press(":");
		terminal.goOn();
		await terminal.waitFor(/^:/m);
		terminal.press("\u001b");
		await terminal.waitFor((text) => !/^:/m.test(text));
		await block(terminal);
		terminal.kill("SIGTERM");
		expect(await endsSoon(terminal)).toBe(true);
	});
});
