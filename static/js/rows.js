// Lists: J and K move between rows, X selects, Shift X selects a range, Enter opens, Esc clears; counts for the bulk bar.
(() => {
  let anchor = -1;
  let counted = "";
  const rows = () => [...document.querySelectorAll(".main .table tbody tr:has(a, .sel input)")];
  const boxOf = (row) => row?.querySelector(".sel input");
  const linkOf = (row) => row?.querySelector("td a[href], th a[href]");
  const boxes = () => rows().map(boxOf).filter(Boolean);
  const isTyping = (target) =>
    target instanceof Element &&
    target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog, [contenteditable]") !== null;
  const singleKeysAreOff = () => {
    if (document.querySelector('[data-single-keys="off"]')) return true; // switched off in the profile
    try { return localStorage.getItem("single-keys") === "off"; } catch { return false; }
  };

  const count = () => {
    const all = boxes();
    const chosen = all.filter((box) => box.checked);
    for (const place of document.querySelectorAll(".bulk [data-n]")) place.textContent = String(chosen.length);
    const head = document.querySelector("thead .sel input");
    if (head) {
      head.checked = chosen.length > 0 && chosen.length === all.length;
      head.indeterminate = chosen.length > 0 && chosen.length < all.length;
    }
    // The bar asks the server for the sums of what is chosen, once: its answer settles too, and leads here again.
    const named = chosen.map((box) => box.value).join();
    if (named === counted) return;
    counted = named;
    if (named) document.querySelector(".bulk")?.dispatchEvent(new CustomEvent("chosen"));
  };
  const clear = () => { boxes().forEach((box) => { box.checked = false; }); count(); };
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));
  const go = (index) => {
    const row = rows()[index];
    (boxOf(row) ?? linkOf(row))?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };

  const select = (at, isRange) => {
    const all = rows();
    const box = boxOf(all[at]);
    if (!box) return;
    if (isRange && anchor >= 0) {
      const [from, to] = [Math.min(anchor, at), Math.max(anchor, at)];
      all.slice(from, to + 1).forEach((row) => { const each = boxOf(row); if (each) each.checked = true; });
    } else {
      box.checked = !box.checked;
    }
    anchor = at;
    count();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("thead .sel input")) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches(".sel input")) count();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-clear]")) clear();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "Escape") return clear();
    if (singleKeysAreOff()) return;
    const at = here();
    const key = event.key.toLowerCase();
    const last = rows().length - 1;
    if (last < 0) return;
    if (key === "j") go(Math.min(at + 1, last));
    else if (key === "k") go(Math.max(at - 1, 0));
    else if (key === "x" && at >= 0) select(at, event.shiftKey);
    else if (key === "enter" && event.target.matches(".sel input")) {
      event.preventDefault(); // else the browser presses the first button of the bulk bar as well
      linkOf(rows()[at])?.click();
    }
  });
  document.addEventListener("htmx:afterSettle", count);
  document.addEventListener("DOMContentLoaded", count);
})();
