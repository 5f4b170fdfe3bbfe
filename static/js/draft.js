// The lines of a draft: Enter goes to the next line, Alt and an arrow move a line, and a removed line is gone at once.
(() => {
  const lines = () => [...document.querySelectorAll("#lines .line")];
  const lineOf = (element) => element?.closest?.("#lines .line");
  const describe = (line) => line?.querySelector('[name$="-description"]');
  const changed = () => document.body.dispatchEvent(new CustomEvent("draft-changed"));
  let isAdding = false;

  const go = (line) => {
    const field = describe(line);
    field?.focus();
    line?.scrollIntoView({ block: "nearest" });
  };
  const add = () => {
    isAdding = true;
    document.getElementById("add-line")?.click();
  };
  const move = (line, step) => {
    const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other?.matches(".line")) return;
    const focused = document.activeElement;
    if (step < 0) other.before(line);
    else other.after(line);
    focused?.focus();
    line.scrollIntoView({ block: "nearest" });
    changed();
  };
  const remove = (line) => {
    const neighbour = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
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
    if (event.target.closest("#add-line")) isAdding = true;
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
    if (isAdding && event.target.closest?.("#lines, .line")) {
      isAdding = false;
      go(lines().at(-1));
    }
    if (event.detail.requestConfig?.path?.includes("/line/fill/")) changed();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const empty = lines().find((line) => describe(line)?.value === "");
    if (empty && !document.querySelector('[aria-invalid="true"], .note')) describe(empty).focus({ preventScroll: true });
  });
})();
