// Runs before the first paint, so that a chosen theme or density never flashes. The choice lives in this browser only.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  const apply = () => {
    for (const name of ["theme", "density"]) {
      const chosen = localStorage.getItem(name);
      if (chosen) root.dataset[name] = chosen;
      else delete root.dataset[name];
    }
  };
  try { apply(); } catch { return; } // storage may be blocked: then the system's theme stands
  document.addEventListener("DOMContentLoaded", () => {
    for (const input of document.querySelectorAll("[data-preference]")) {
      const name = input.dataset.preference;
      input.checked = (localStorage.getItem(name) ?? "") === input.value;
      input.addEventListener("change", () => {
        if (input.checked && input.value) localStorage.setItem(name, input.value);
        else localStorage.removeItem(name);
        apply();
      });
    }
  });
})();
