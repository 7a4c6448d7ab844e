import { listOf } from "../scripts/_tool_lists.ts";
import { countTokens } from "gpt-tokenizer/o200k";
for (const c of ["default", "all"]) { const l = listOf(c);
console.log(c, new TextEncoder().encode(JSON.stringify({ tools: l })).length, countTokens(JSON.stringify(l.map(({name,description,inputSchema})=>({name,description,inputSchema}))))); 
console.log(l.map((t) => t.name + " " + countTokens(JSON.stringify({name:t.name,description:t.description,inputSchema:t.inputSchema}))).filter(x=>/list_|_messages|export|image/.test(x)).join(", ")); }
