/** A worker that keeps a number of tool calls of one caller in progress until it is terminated. */

const [url = "", key = "", count = "", call = ""] = self.name.split(" ");

const message = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: JSON.parse(decodeURIComponent(call)),
};

for (let index = 0; index < Number(count); index++) void keepCalling();

async function keepCalling(): Promise<void> {
  for (;;) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-openai-api-key": key },
      body: JSON.stringify(message),
    });
    const { result } = await response.json();
    if (result?.structuredContent?.status !== "completed") throw new Error(JSON.stringify(result));
  }
}
