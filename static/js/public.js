// The customer's page: the language at once, and that somebody has it before them. Works without.
(() => {
  const script = document.currentScript;

  document.querySelector("[data-language] select")?.addEventListener("change", (event) => event.target.form.submit());

  // Opened: five seconds before somebody's eyes, or a first touch. Never read: nobody can know that.
  const { opening, token } = script.dataset;
  if (!opening) return;
  const touches = ["pointerdown", "keydown", "scroll"];
  let seconds = 0, timer = 0;
  const tell = () => {
    clearInterval(timer);
    touches.forEach((name) => removeEventListener(name, tell));
    fetch(opening, { method: "POST", headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {});
  };
  touches.forEach((name) => addEventListener(name, tell, { passive: true }));
  timer = setInterval(() => {
    if (document.visibilityState === "visible" && ++seconds >= 5) tell();
  }, 1000);
})();
