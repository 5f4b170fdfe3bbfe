// Copying: data-copy holds what is copied, data-copied what is said then; data-select marks a field to be taken whole.
(() => {
  // A button that begins hidden is only for browsers that can copy.
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = !navigator.clipboard;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = button.parentElement.querySelector("[data-select]");
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { field?.select(); return; }
    button.dataset.done = "";
    const label = button.querySelector("[data-copy-label]");
    if (label) label.textContent = button.dataset.copied;
    const status = document.querySelector("[data-copy-status]");
    if (status) status.textContent = button.dataset.copied;
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-select]")) event.target.select();
  });
})();
