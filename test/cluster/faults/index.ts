import { ClusterFailure } from "../failure.ts";
import { configurationFaults } from "./configuration.ts";
import type { Fault, Faults } from "./fault.ts";
import { hostFaults } from "./host.ts";
import { loadFaults } from "./load.ts";
import { metadataFaults } from "./metadata.ts";
import { networkFaults } from "./network.ts";
import { operationFaults } from "./operations.ts";
import { postgresFaults } from "./postgres.ts";
import { replicationFaults } from "./replication.ts";
import { repmgrdFaults } from "./repmgrd.ts";

/** All faults by name. */
export const FAULTS: Faults = {
	...postgresFaults,
	...repmgrdFaults,
	...networkFaults,
	...hostFaults,
	...configurationFaults,
	...replicationFaults,
	...metadataFaults,
	...loadFaults,
	...operationFaults,
};

/** The fault of this name; throws ClusterFailure when there is none. */
export function requireFault(name: string): Fault {
	const fault = FAULTS[name];
	if (fault) return fault;
	throw new ClusterFailure(`there is no fault "${name}"`, { hint: 'See "npm run cluster -- faults".' });
}
