// The server behind this page. The token came in the address's fragment, which is never sent by itself.
const token = location.hash.slice(1) || sessionStorage.getItem("local-slack") || "";
sessionStorage.setItem("local-slack", token);

export const isOpen = Boolean(token);

export async function readState(as) {
  const response = await fetch(`/page/state?as=${encodeURIComponent(as)}`, { headers: { "X-Page-Token": token } });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Do something as a person. Answers {error, errors}; never throws. */
export async function act(as, asked) {
  try {
    const response = await fetch("/page/do", {
      method: "POST",
      headers: { "X-Page-Token": token, "Content-Type": "application/json" },
      body: JSON.stringify({ as, ...asked }),
    });
    return await response.json();
  } catch {
    return { error: "unreachable" };
  }
}

/** Call `changed` each time that anything has changed, `lost` and `found` as the connection goes and comes. */
export function listen({ changed, lost, found }) {
  const source = new EventSource(`/page/changes?token=${encodeURIComponent(token)}`);
  source.addEventListener("message", changed);
  source.addEventListener("open", found);
  source.addEventListener("error", lost);
}
