import { writeFileSync } from "node:fs";
import { README, readReadme, withKeyTable } from "./key-table.ts";

writeFileSync(README, withKeyTable(readReadme()));
