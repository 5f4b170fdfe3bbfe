// Keys. Any link, button or field may say data-key="n", "mod+enter", "g i" or "/": the key does what a click does.
// Single keys are off while typing, and can be switched off altogether (WCAG 2.1.4).
(() => {
  const SEQUENCE_MS = 1200;
  let waiting = "";
  let timer = 0;

  const isTyping = (target) =>
    target instanceof Element &&
    target.closest("dialog:not([open])") === null && // one that has just closed may hold the focus for a moment
    target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
  const singleKeysAreOff = () => {
    if (document.querySelector('[data-single-keys="off"]')) return true; // switched off in the profile
    try { return localStorage.getItem("single-keys") === "off"; } catch { return false; }
  };
  const isShown = (element) => element.checkVisibility?.() ?? true;

  const nameOf = (event) => {
    const parts = [];
    if (event.metaKey || event.ctrlKey) parts.push("mod");
    if (event.altKey) parts.push("alt");
    parts.push(event.key === " " ? "space" : event.key.toLowerCase());
    return parts.join("+");
  };

  const find = (key) => {
    const open = document.querySelector("dialog[open]");
    const found = [...(open ?? document).querySelectorAll("[data-key]")].filter((e) => e.dataset.key === key);
    return found.find(isShown) ?? found[0];
  };

  const act = (element) => {
    if (element.matches("input:not([type=checkbox]):not([type=submit]), textarea, select")) element.focus();
    else if (element.getAttribute("aria-disabled") !== "true") element.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const key = nameOf(event);
    const isSingle = !key.startsWith("mod+") && !key.startsWith("alt+");
    if (isSingle && (isTyping(event.target) || singleKeysAreOff())) return;
    const combined = waiting ? `${waiting} ${key}` : key;
    waiting = "";
    clearTimeout(timer);
    const element = find(combined) ?? find(key);
    if (element) {
      event.preventDefault();
      act(element);
    } else if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
      waiting = key;
      timer = setTimeout(() => { waiting = ""; }, SEQUENCE_MS);
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!/Mac|iPhone|iPad/.test(navigator.platform)) return;
    for (const sign of document.querySelectorAll("kbd")) sign.textContent = sign.textContent.replace("Ctrl", "⌘");
  });

  // The list of keys is read off the page, so that it never promises what the page does not do.
  const spoken = (key) =>
    key.split(" ").map((part) => part.split("+").map((p) => (p === "mod" ? "Ctrl" : p.length === 1 ? p.toUpperCase() : p[0].toUpperCase() + p.slice(1))).join(" ")).join(" ");
  document.addEventListener("bilag:dialog", (event) => {
    const list = event.target.querySelector("[data-keys-here]");
    if (!list) return;
    list.replaceChildren();
    for (const element of document.querySelectorAll("[data-key]")) {
      if (element.closest("dialog")) continue;
      const words = element.getAttribute("aria-label") ?? element.title ?? "";
      const copy = element.cloneNode(true);
      copy.querySelectorAll("kbd, .mono, .nav span").forEach((part) => part.remove());
      const label = words || copy.textContent.trim() || element.getAttribute("placeholder") || "";
      const term = document.createElement("dt");
      const sign = document.createElement("kbd");
      sign.textContent = spoken(element.dataset.key);
      term.append(sign);
      const meaning = document.createElement("dd");
      meaning.textContent = label;
      list.append(term, meaning);
    }
  });
})();
