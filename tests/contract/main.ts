/** Holds the engine against OpenAI's document in CONTRACT_DIR, and writes docs/contract.md. */

import { contractPage, cover } from "./coverage.ts";
import { contractDir, loadContract } from "./document.ts";

// Without the document there is nothing to hold it against, which its loader says.
if (contractDir === undefined) Deno.exit(2);
const contract = loadContract(contractDir);
const page = contractPage(contract, await cover(contract));
await Deno.writeTextFile(new URL("../../docs/contract.md", import.meta.url), page);
