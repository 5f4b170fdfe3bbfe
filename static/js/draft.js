// The lines of a draft: Enter goes to the next line, Alt and an arrow move a line, a removed line can be brought back, and
// what is typed is not lost when the page is left before it has saved itself.
(() => {
  const UNDO_MS = 12000;
  const lines = () => [...document.querySelectorAll("#lines .line")];
  const lineOf = (element) => element?.closest?.("#lines .line");
  const describe = (line) => line?.querySelector('[name$="-description"], [name$="-section"]');
  const changed = () => document.body.dispatchEvent(new CustomEvent("draft-changed"));
  let adding = "";
  let moved = "";

  const go = (line) => {
    const field = describe(line);
    field?.focus();
    line?.scrollIntoView({ block: "nearest" });
  };
  const add = () => {
    adding = "line";
    document.getElementById("add-line")?.click();
  };
  // A line at the edge of its page of lines: the server takes its neighbour there into the form, and moves it past.
  const reach = (line, step) => {
    const button = document.getElementById("reach");
    if (!button || !document.querySelector(`[name="${step < 0 ? "begins_after" : "ends_before"}"]`)?.value) return;
    moved = line.dataset.line;
    button.value = `${step < 0 ? "up" : "down"}:${moved}`;
    button.click();
  };
  const move = (line, step) => {
    const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other?.matches(".line") || other.querySelector('[name$="-continued"]')) return reach(line, step);
    const focused = document.activeElement;
    if (step < 0) other.before(line);
    else other.after(line);
    focused?.focus();
    line.scrollIntoView({ block: "nearest" });
    changed();
  };

  const offerUndo = (line, next) => {
    const region = document.getElementById("messages");
    const words = document.getElementById("line-removed");
    if (!region || !words) return;
    region.classList.add("toasts");
    region.replaceChildren(words.content.cloneNode(true));
    const toast = region.firstElementChild;
    toast.querySelector("[data-undo]").addEventListener("click", () => {
      const table = document.getElementById("lines");
      if (next?.isConnected) next.before(line);
      else table.append(line);
      toast.remove();
      go(line);
      changed();
    });
    setTimeout(() => toast.remove(), UNDO_MS);
  };
  const remove = (line) => {
    const [next, neighbour] = [line.nextElementSibling, line.nextElementSibling ?? line.previousElementSibling];
    line.remove();
    offerUndo(line, next);
    if (neighbour?.matches(".line")) go(neighbour);
    else document.getElementById("add-line")?.focus();
    changed();
  };

  document.addEventListener("keydown", (event) => {
    const line = lineOf(event.target);
    if (!line || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(line, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey && event.target.matches("input, textarea, select")) {
      event.preventDefault();
      const next = line.nextElementSibling;
      if (event.target.matches('[name$="-product_number"]')) line.querySelector('[name$="-quantity"]').focus();
      else if (next) go(next);
      else add();
    }
  });
  document.addEventListener("click", (event) => {
    const line = lineOf(event.target);
    const mover = event.target.closest("[data-move]");
    if (event.target.closest("#add-line")) adding = "line";
    if (event.target.closest("#add-section")) adding = "section";
    if (!line || !(mover || event.target.closest("[data-remove]"))) return;
    event.preventDefault();
    if (mover) move(line, mover.dataset.move === "up" ? -1 : 1);
    else remove(line);
  });
  // A quantity or price is typed over, not typed after.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("#lines input.num")) event.target.select();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (adding && event.target.closest?.("#lines, .line")) {
      const added = lines().filter((line) => (adding === "section") === line.matches(".section")).at(-1);
      adding = "";
      go(added);
    }
    if (moved && event.target.querySelector?.("#lines")) {
      go(lines().find((line) => line.dataset.line === moved));
      moved = "";
      changed();
    }
    if (event.detail.requestConfig?.path?.includes("/line/fill/")) changed();
  });

  // What is typed and not stored yet. The draft saves itself; leaving the page before that sends what is typed, and only
  // what cannot be stored is asked about.
  let typedAt = 0;
  let sentAt = 0;
  let isRefused = false;
  const typed = () => { typedAt = performance.now(); };
  const isAutosave = (event) => event.detail.elt?.id === "autosave";
  document.addEventListener("input", (event) => { if (event.target.closest("#draft-form")) typed(); });
  document.addEventListener("change", (event) => { if (event.target.closest("#draft-form")) typed(); });
  document.addEventListener("draft-changed", typed);
  document.addEventListener("submit", (event) => { if (event.target.id === "draft-form") typedAt = 0; });
  document.addEventListener("htmx:beforeRequest", (event) => { if (isAutosave(event)) sentAt = performance.now(); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "draft") [typedAt, isRefused] = [0, false];
    if (event.detail.target?.id !== "saved") return;
    isRefused = event.detail.target.querySelector("[data-refused]") !== null;
    if (!isRefused && typedAt <= sentAt) typedAt = 0;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr?.getResponseHeader("HX-Redirect")) typedAt = 0;
  });
  addEventListener("beforeunload", (event) => {
    const [form, autosave] = [document.getElementById("draft-form"), document.getElementById("autosave")];
    if (!typedAt || !form) return;
    if (isRefused || !autosave?.hasAttribute("hx-post")) event.preventDefault();
    else fetch(autosave.getAttribute("hx-post"), { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true });
  });

  document.addEventListener("DOMContentLoaded", () => {
    const empty = lines().find((line) => describe(line)?.value === "");
    if (empty && !document.querySelector('[aria-invalid="true"], .note')) describe(empty).focus({ preventScroll: true });
  });
})();
