// Dialogs: data-dialog="id" opens, data-close closes, and the palette asks for its content the first time it is opened.
(() => {
  const open = (dialog) => {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("bilag:dialog", { bubbles: true }));
  };
  const palette = () => document.getElementById("palette");

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      opener.closest("[popover]")?.hidePopover?.();
      open(document.getElementById(opener.dataset.dialog));
    }
    const find = event.target.closest("a[data-palette]");
    if (find && palette() && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      open(palette());
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog[open]")) event.target.close(); // a click on the backdrop
  });
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k" && palette()) {
      event.preventDefault();
      open(palette());
    }
    const list = event.target.closest?.(".cmdk");
    if (!list || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const stops = [list.querySelector("input"), ...list.querySelectorAll("li a")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length]?.focus();
  });
  // Enter in the search field opens the first result.
  document.addEventListener("submit", (event) => {
    const list = event.target.closest(".cmdk");
    const first = list?.querySelector("li a");
    if (!first) return;
    event.preventDefault();
    first.click();
  });
})();
