"use strict";
// The page is complete without this: it opens what a cell leads to, filters, and copies.
(() => {
  const filters = document.querySelector(".filters");
  const pairs = [...document.querySelectorAll(".pair")];
  let cameFrom = null;

  const open = () => {
    const pair = document.getElementById(location.hash.slice(1));
    if (pair === null || !pair.matches(".pair")) return;
    pair.hidden = false;
    pair.open = true;
    pair.querySelector("summary").focus({ preventScroll: true });
    pair.scrollIntoView({ block: "start" });
  };

  document.addEventListener("click", (event) => {
    const cell = event.target.closest("a.cell");
    if (cell === null) return;
    cameFrom = cell;
    if (location.hash === cell.hash) open(); // the hash does not change a second time
  });
  addEventListener("hashchange", open);
  open();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const pair = document.activeElement.closest(".pair");
    if (pair === null) return;
    pair.open = false;
    const back = cameFrom ?? document.querySelector(`a.cell[href="#${pair.id}"]`);
    cameFrom = null;
    back.focus();
  });

  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.previousElementSibling;
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code); // copying is not allowed: it is selected
        button.textContent = "Selected";
      }
    });
  }

  if (filters === null) return;
  filters.hidden = false;
  const text = filters.elements.text;
  const apply = () => {
    const verdicts = new Set(
      [...filters.querySelectorAll("[name=verdict]:checked")].map((each) => each.value),
    );
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const pair of pairs) {
      const fits = verdicts.has(pair.dataset.verdict)
        && (wanted === "" || pair.textContent.toLowerCase().includes(wanted));
      pair.hidden = !fits;
      document.querySelector(`a.cell[href="#${pair.id}"]`).classList.toggle("dimmed", !fits);
      shown += fits;
    }
    for (const row of document.querySelectorAll("section tbody tr")) {
      const cells = [...row.querySelectorAll("a.cell")];
      row.hidden = cells.length > 0 && cells.every((cell) => cell.matches(".dimmed"));
    }
    filters.querySelector("output").textContent = `${shown} of ${pairs.length} shown`;
  };
  filters.addEventListener("input", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
})();
