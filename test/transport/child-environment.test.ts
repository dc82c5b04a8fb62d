import { chmodSync } from "node:fs";
import { afterAll, expect, test, vi } from "vitest";
import { runOnce, SshSandbox } from "./ssh/support.ts";

// What ssh inherits is made once, when the transport is loaded.
vi.hoisted(() => {
	process.env.PGPASSWORD = "for the console alone";
	process.env.PGSERVICE = "prod";
});

const sandbox = new SshSandbox();
afterAll(() => sandbox.dispose());

/** A program that writes down its environment and fails. */
function recorder(name: string): string {
	const path = sandbox.write(name, `#!/bin/sh\nenv > ${sandbox.path(name)}.env\nexit 1\n`);
	chmodSync(path, 0o700);
	return path;
}

test("ssh, what it asks while it reads its configuration, and its ProxyCommand have no variable of libpq's", async () => {
	const configFile = sandbox.config("config", [
		`Match exec ${recorder("match")}`,
		"User nobody",
		"Host *",
		`ProxyCommand ${recorder("proxy")}`,
	]);
	// The system's ssh goes by a ProxyCommand, after an "ssh -G", whose Match runs first.
	const { fault } = await runOnce({ configFile });
	expect(fault).toBeDefined();
	for (const name of ["match", "proxy"]) {
		const environment = sandbox.read(`${name}.env`);
		expect(environment).toMatch(/^PATH=/m);
		expect(environment).not.toMatch(/^PG/m);
	}
});
