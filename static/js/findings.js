// What the checks found: the field that each finding names is marked, and its link goes there, opening what hides it.
(() => {
  const rowOf = (name) => {
    // A line that was typed here keeps the key of its row; its stored id stands in a hidden field.
    const [line, column] = name.split("-");
    const hidden = line && column && document.querySelector(`#lines input[name$="-id"][value="${CSS.escape(line)}"]`);
    return hidden?.closest(".line") ?? null;
  };
  const fieldOf = (name) => {
    const field = document.getElementById(`id_${name}`) ?? document.getElementById(name);
    return field ?? rowOf(name)?.querySelector(`[name$="-${CSS.escape(name.split("-")[1])}"]:not([type=hidden])`) ?? null;
  };
  const clear = () => {
    document.querySelectorAll("[data-finding]").forEach((note) => note.remove());
    document.querySelectorAll("[data-found]").forEach((field) => {
      field.removeAttribute("aria-invalid");
      const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.startsWith("finding-"));
      if (others.length) field.setAttribute("aria-describedby", others.join(" "));
      else field.removeAttribute("aria-describedby");
      delete field.dataset.found;
    });
  };
  const note = (sentence, number) => {
    const said = document.createElement("span");
    said.className = "err";
    said.id = `finding-${number}`;
    said.textContent = sentence;
    return said;
  };
  const place = (field, said) => {
    const row = field.closest("#lines .line > tr");
    if (!row) {
      said.dataset.finding = "";
      field.after(said);
      return;
    }
    const under = document.createElement("tr");
    under.className = "errs";
    under.dataset.finding = "";
    const first = under.insertCell();
    first.className = "src";
    const cell = under.insertCell();
    cell.colSpan = 8;
    cell.append(said);
    row.after(under);
  };
  const mark = () => {
    clear();
    document.querySelectorAll("#findings [data-mark]").forEach((finding, number) => {
      const field = fieldOf(finding.dataset.mark);
      if (!field || field.getAttribute("aria-invalid") === "true") return; // what the form itself refuses says so
      const said = note(finding.querySelector(".say").textContent, number);
      place(field, said);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${said.id}`.trim());
      field.dataset.found = "";
    });
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (document.getElementById("findings") && event.target.closest?.("#checks, #draft")) mark();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#findings a[data-field]");
    if (!link?.getAttribute("href").startsWith("#")) return;
    const field = fieldOf(link.dataset.field);
    const opener = !field && rowOf(link.dataset.field)?.querySelector('.unfold[aria-expanded="false"]');
    if (opener) {
      // The field stands among those that the row shows when it is asked to.
      event.preventDefault();
      document.addEventListener("htmx:afterSettle", () => fieldOf(link.dataset.field)?.focus(), { once: true });
      opener.click();
    }
    if (!field) return;
    event.preventDefault();
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    field.focus();
    field.scrollIntoView({ block: "center" });
  });
})();
