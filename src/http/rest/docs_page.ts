/** GET /docs: the REST routes as one page, without scripts or external resources. */

import { createHash } from "node:crypto";
import { errorsOf } from "./openapi.ts";
import type { Route } from "./route.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; } h2 code { font-size: 1em; }
pre { padding: .75rem 1rem; overflow-x: auto; background: #8882; border-radius: .4rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; } td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
`;

/** The page and its response headers. */
export interface DocsPage {
  html: string;
  headers: Record<string, string>;
}

/** Renders the page. */
export function docsPage(routes: readonly Route[]): DocsPage {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>assistants-mcp</title>
<style>${STYLE}</style>
</head>
<body>
<h1>assistants-mcp over plain HTTP</h1>
<p>Routes for programs without MCP. MCP is at <code>/mcp</code>. The same as an OpenAPI document:
<a href="openapi.json">openapi.json</a>.</p>
<p>If the server has a token, send the header <code>Authorization: Bearer TOKEN</code>. If callers
bring their own keys, send <code>X-OpenAI-API-Key: KEY</code>. The body of every error is
<code>{"error": {"message", "type", "param", "code"}}</code>.</p>
<ul>
${routes.map((route) => `<li><a href="#${idOf(route)}">${titleOf(route)}</a></li>`).join("\n")}
</ul>
${routes.map(section).join("\n")}
</body>
</html>
`;
  const hash = createHash("sha256").update(STYLE).digest("base64");
  return {
    html,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; ` +
        "frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
  };
}

function section(route: Route): string {
  const { summary, description, query = [], body, responses, open } = route;
  const rows = [
    ...Object.entries(responses).map(([status, response]) => [status, response.description]),
    ...errorsOf(route),
  ];
  return `<section id="${idOf(route)}">
<h2><code>${titleOf(route)}</code></h2>
<p>${escape(summary)}.${description ? ` ${escape(description)}` : ""}${open ? " Public." : ""}</p>
${query.map((item) => `<p><code>${item.name}</code>: ${escape(item.description)}.</p>`).join("\n")}
<pre>${escape(curl(route))}</pre>
${
    body
      ? `<details><summary>Body</summary><pre>${
        escape(JSON.stringify(body.schema, null, 2))
      }</pre></details>`
      : ""
  }
<details><summary>Responses</summary><table>
${
    rows.map(([status, text]) => `<tr><td>${status}</td><td>${escape(String(text))}</td></tr>`)
      .join("\n")
  }
</table></details>
</section>`;
}

function curl({ method, path, query = [], body, open }: Route): string {
  const address = query.length > 0 ? `${path}?tool_name=create_assistant` : path;
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}"$SERVER${address}"`,
    ...(open ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body
      ? ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body.example)}'`]
      : []),
  ].join(" \\\n  ");
}

function idOf({ path }: Route): string {
  return path.slice(1).replace(/\W+/g, "-");
}

function titleOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
