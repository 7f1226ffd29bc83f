// Calls to the server, as the person who is logged in.

export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Call the API and return its JSON. Rejects with a Problem; status 0 when the server was not reached. */
export function call(method, path, body) {
  return send(method, path, body === undefined ? undefined : JSON.stringify(body), "application/json");
}

/** Send a file as it is. */
export function upload(path, file) {
  return send("POST", path, file, "application/octet-stream");
}

async function send(method, path, body, type) {
  let response;
  try {
    response = await fetch(path, { method, headers: { Accept: "application/json", ...(body !== undefined && { "Content-Type": type }) }, body });
  } catch {
    throw new Problem(0, "offline", "");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { code = "failed", message = "" } = answer.error ?? {};
  if (response.status === 401 && path !== "/v1/sessions" && path !== "/v1/me") dispatchEvent(new CustomEvent("logged-out"));
  throw new Problem(response.status, code, message);
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const id = encodeURIComponent;
