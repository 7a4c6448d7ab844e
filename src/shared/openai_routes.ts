/** The routes of OpenAI's API that this server knows: one table for the engine, the gateway and /v1. */

export type Method = "GET" | "POST" | "DELETE";

type Paths = Record<string, Partial<Record<Method, string>>>;

/** The Assistants API, with what the engine has in addition. */
const ASSISTANTS_API = {
  "/assistants": { GET: "listAssistants", POST: "createAssistant" },
  "/assistants/{assistant_id}": {
    GET: "getAssistant",
    POST: "modifyAssistant",
    DELETE: "deleteAssistant",
  },
  "/threads": { GET: "listThreads", POST: "createThread" },
  "/threads/runs": { POST: "createThreadAndRun" },
  "/threads/search": { GET: "searchMessages" },
  "/threads/{thread_id}": { GET: "getThread", POST: "modifyThread", DELETE: "deleteThread" },
  "/threads/{thread_id}/messages": { GET: "listMessages", POST: "createMessage" },
  "/threads/{thread_id}/messages/batch": { POST: "createMessages" },
  "/threads/{thread_id}/messages/{message_id}": {
    GET: "getMessage",
    POST: "modifyMessage",
    DELETE: "deleteMessage",
  },
  "/threads/{thread_id}/runs": { GET: "listRuns", POST: "createRun" },
  "/threads/{thread_id}/runs/{run_id}": { GET: "getRun", POST: "modifyRun" },
  "/threads/{thread_id}/runs/{run_id}/cancel": { POST: "cancelRun" },
  "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs": { POST: "submitToolOutputs" },
  "/threads/{thread_id}/runs/{run_id}/steps": { GET: "listRunSteps" },
  "/threads/{thread_id}/runs/{run_id}/steps/{step_id}": { GET: "getRunStep" },
} as const satisfies Paths;

/** Files. The engine stores some of them; all others are the model server's. */
const FILES_API = {
  "/files/{file_id}": { GET: "getFile", DELETE: "deleteFile" },
  "/files/{file_id}/content": { GET: "getFileContent" },
} as const satisfies Paths;

/** What only the model server answers. */
const MODEL_SERVER_API = {
  "/models": { GET: "listModels" },
  "/models/{model}": { GET: "getModel" },
  "/responses": { POST: "createResponse" },
  "/responses/compact": { POST: "compactResponse" },
  "/responses/input_tokens": { POST: "countInputTokens" },
  "/responses/{response_id}": { GET: "getResponse", DELETE: "deleteResponse" },
  "/responses/{response_id}/cancel": { POST: "cancelResponse" },
  "/responses/{response_id}/input_items": { GET: "listInputItems" },
  "/files": { GET: "listFiles", POST: "createFile" },
  "/uploads": { POST: "createUpload" },
  "/uploads/{upload_id}/parts": { POST: "addUploadPart" },
  "/uploads/{upload_id}/complete": { POST: "completeUpload" },
  "/uploads/{upload_id}/cancel": { POST: "cancelUpload" },
  "/vector_stores": { GET: "listVectorStores", POST: "createVectorStore" },
  "/vector_stores/{vector_store_id}": {
    GET: "getVectorStore",
    POST: "modifyVectorStore",
    DELETE: "deleteVectorStore",
  },
  "/vector_stores/{vector_store_id}/search": { POST: "searchVectorStore" },
  "/vector_stores/{vector_store_id}/files": {
    GET: "listVectorStoreFiles",
    POST: "createVectorStoreFile",
  },
  "/vector_stores/{vector_store_id}/files/{file_id}": {
    GET: "getVectorStoreFile",
    POST: "modifyVectorStoreFile",
    DELETE: "deleteVectorStoreFile",
  },
  "/vector_stores/{vector_store_id}/files/{file_id}/content": { GET: "getVectorStoreFileContent" },
  "/vector_stores/{vector_store_id}/file_batches": { POST: "createFileBatch" },
  "/vector_stores/{vector_store_id}/file_batches/{batch_id}": { GET: "getFileBatch" },
  "/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel": { POST: "cancelFileBatch" },
  "/vector_stores/{vector_store_id}/file_batches/{batch_id}/files": { GET: "listFileBatchFiles" },
  "/containers": { GET: "listContainers", POST: "createContainer" },
  "/containers/{container_id}": { GET: "getContainer", DELETE: "deleteContainer" },
  "/containers/{container_id}/files": { GET: "listContainerFiles", POST: "createContainerFile" },
  "/containers/{container_id}/files/{file_id}": {
    GET: "getContainerFile",
    DELETE: "deleteContainerFile",
  },
  "/containers/{container_id}/files/{file_id}/content": { GET: "getContainerFileContent" },
  "/images/generations": { POST: "createImage" },
  "/images/edits": { POST: "editImage" },
  "/images/variations": { POST: "createImageVariation" },
} as const satisfies Paths;

type NamesIn<P extends Paths> = { [Path in keyof P]: P[Path][keyof P[Path]] }[keyof P] & string;

export type AssistantsOperation = NamesIn<typeof ASSISTANTS_API>;
export type FileOperation = NamesIn<typeof FILES_API>;
export type ModelServerOperation = NamesIn<typeof MODEL_SERVER_API>;
export type OperationName = AssistantsOperation | FileOperation | ModelServerOperation;

interface RouteOf<Api extends string, Name extends OperationName> {
  readonly api: Api;
  /** The path below the base URL, with the names of its IDs in braces. */
  readonly template: string;
  readonly operations: Readonly<Partial<Record<Method, Name>>>;
  /** The names of the IDs, in order. */
  readonly idNames: readonly string[];
}

/** One path of the API, and the operations of its methods. */
export type Route =
  | RouteOf<"assistants", AssistantsOperation>
  | RouteOf<"files", FileOperation>
  | RouteOf<"model_server", ModelServerOperation>;

/** A route, and the IDs in a path that matches it, as they are written there. */
export interface RouteMatch {
  readonly route: Route;
  readonly ids: readonly string[];
}

export const ROUTES: readonly Route[] = [
  ...routesOf("assistants", ASSISTANTS_API),
  ...routesOf("files", FILES_API),
  ...routesOf("model_server", MODEL_SERVER_API),
];

/**
 * Finds the route of a path.
 *
 * @param path the part of the URL below the base URL, with or without a query
 */
export function findRoute(path: string): RouteMatch | undefined {
  return path.startsWith("/") ? match(path, 0, endOfPath(path)) : undefined;
}

/**
 * Finds the route of a request by its whole URL, if the base URL is not known. Of several routes
 * that fit, it returns the longest that has the method.
 */
export function findRouteOfUrl(method: string, url: string): RouteMatch | undefined {
  const end = endOfPath(url);
  let start = url.indexOf("/", url.indexOf("://") + 3);
  for (; start >= 0 && start < end; start = url.indexOf("/", start + 1)) {
    const found = match(url, start, end);
    if (found !== undefined && operationFor(found.route, method) !== undefined) return found;
  }
  return undefined;
}

/** Returns the operation of a method on a route. */
export function operationFor<R extends Route>(
  { operations }: R,
  method: string,
): R["operations"][Method] {
  return Object.hasOwn(operations, method) ? operations[method as Method] : undefined;
}

/** Returns the operation of a request by the path below the base URL, with or without a query. */
export function operationOf(method: string, path: string): OperationName | undefined {
  const found = findRoute(path);
  return found && operationFor(found.route, method);
}

/** Returns the operation of a request by its whole URL, as `findRouteOfUrl()` finds it. */
export function operationOfUrl(method: string, url: string): OperationName | undefined {
  const found = findRouteOfUrl(method, url);
  return found && operationFor(found.route, method);
}

/** Tells whether an operation generates images. */
export function generatesImages(operation: OperationName | undefined): boolean {
  return operation === "createImage" || operation === "editImage" ||
    operation === "createImageVariation";
}

/** Tells whether a path below the base URL belongs to the Assistants API, even without a route. */
export function isAssistantsPath(path: string): boolean {
  return hasAssistantsRoot(path, 0);
}

/** Returns the part of a path that belongs to the Assistants API, for any base path. */
export function assistantsPathIn(path: string): string | undefined {
  for (let start = 0; start >= 0; start = path.indexOf("/", start + 1)) {
    if (hasAssistantsRoot(path, start)) return path.slice(start);
  }
  return undefined;
}

function hasAssistantsRoot(path: string, start: number): boolean {
  return hasSegment(path, start, "/assistants") || hasSegment(path, start, "/threads");
}

function hasSegment(path: string, start: number, segment: string): boolean {
  // The end of the path is an empty string, which every string includes.
  return path.startsWith(segment, start) && "/?".includes(path.charAt(start + segment.length));
}

function endOfPath(url: string): number {
  const end = url.indexOf("?");
  return end < 0 ? url.length : end;
}

/** A node of the tree of all routes. Each level is one segment of the path. */
interface Node {
  /** The next nodes by their fixed segments. */
  words: Map<string, Node> | undefined;
  /** The next node after an ID. */
  id: Node | undefined;
  route: Route | undefined;
}

const ROOT = newNode();
for (const route of ROUTES) insert(route);

function insert(route: Route): void {
  let node = ROOT;
  for (const segment of route.template.slice(1).split("/")) {
    if (segment.startsWith("{")) node = node.id ??= newNode();
    else {
      const words: Map<string, Node> = node.words ??= new Map();
      node = words.get(segment) ?? newNode();
      words.set(segment, node);
    }
  }
  node.route = route;
}

function newNode(): Node {
  return { words: undefined, id: undefined, route: undefined };
}

/** Matches the part of a URL from its leading slash at `start` to before `end`. */
function match(url: string, start: number, end: number): RouteMatch | undefined {
  let node = ROOT;
  const ids: string[] = [];
  for (let from = start + 1;;) {
    const slash = url.indexOf("/", from);
    const isLast = slash < 0 || slash >= end;
    const segment = url.slice(from, isLast ? end : slash);
    const word = node.words?.get(segment);
    // Before another segment, a word that nothing follows can only be an ID.
    if (word !== undefined && (isLast ? word.route : word.words ?? word.id)) node = word;
    else if (node.id !== undefined && segment !== "") {
      node = node.id;
      ids.push(segment);
    } else return undefined;
    if (isLast) return node.route && { route: node.route, ids };
    from = slash + 1;
  }
}

function routesOf<Api extends Route["api"], P extends Paths>(api: Api, paths: P) {
  return Object.entries(paths).map(([template, operations]) => ({
    api,
    template,
    operations: operations as Partial<Record<Method, NamesIn<P>>>,
    idNames: [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
  }));
}
