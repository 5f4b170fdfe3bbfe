// HTMX: the token that proves a request is ours, one status region for what went wrong, and focus on what needs mending.
(() => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const status = () => document.getElementById("messages");

  const focusFirstInvalid = (root) => root.querySelector?.('[aria-invalid="true"]')?.focus();

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });
  document.addEventListener("htmx:sendError", () => {
    const region = status();
    if (!region) return;
    const note = document.getElementById("no-connection").content.cloneNode(true);
    region.classList.add("toasts");
    region.replaceChildren(note);
  });
  // An answer may come after the place that asked for it was swapped away; what came meanwhile is newer. HTMX asks the place
  // itself, and from one that is not in the page any more nothing rises to the document: so each place that is asked for is
  // listened to, and however often it asks, it keeps this one listener.
  const dropLateAnswer = (event) => {
    const { target, requestConfig } = event.detail;
    if (!target.isConnected || !requestConfig.elt.isConnected) event.detail.shouldSwap = false;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.target.addEventListener("htmx:beforeSwap", dropLateAnswer);
  });
  // A refusal is put into the status region by the response handling in the page's configuration; there it floats.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.isError) status()?.classList.add("toasts");
  });
  document.addEventListener("htmx:afterSettle", (event) => focusFirstInvalid(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => focusFirstInvalid(document));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) status()?.replaceChildren();
  });
})();
