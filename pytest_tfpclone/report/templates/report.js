"use strict";
// The page is complete without this: it opens what a cell leads to, filters, and copies.
(() => {
  const filters = document.querySelector(".filters");
  const pairs = [...document.querySelectorAll(".pair")].map((pair) => {
    const body = pair.querySelector(".body");
    return { pair, body, cell: document.querySelector(`td > a[href="#${body.id}"]`), text: null };
  });
  let cameFrom = null;

  const open = () => {
    const found = pairs.find(({ body }) => `#${body.id}` === location.hash);
    if (found === undefined) return;
    found.pair.hidden = false;
    found.pair.open = true;
    found.pair.querySelector("summary").focus({ preventScroll: true });
    found.pair.scrollIntoView({ block: "start" });
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
    const back = cameFrom ?? pairs.find((each) => each.pair === pair).cell;
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
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // What failed is printed whole; afterwards the page is as it was.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = pairs.filter(({ pair, cell }) => !pair.open && cell.matches(".bad"));
    for (const { pair } of opened) pair.open = true;
  });
  addEventListener("afterprint", () => {
    for (const { pair } of opened) pair.open = false;
  });

  if (filters === null) return;
  filters.hidden = false;
  const text = filters.elements.text;
  const apply = () => {
    const verdicts = new Set(
      [...filters.querySelectorAll("[name=verdict]:checked")].map((each) => each.value),
    );
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const each of pairs) {
      each.text ??= each.pair.textContent.toLowerCase();
      const fits = verdicts.has(each.pair.dataset.verdict) && each.text.includes(wanted);
      each.pair.hidden = !fits;
      each.cell.classList.toggle("dimmed", !fits);
      shown += fits;
    }
    for (const row of document.querySelectorAll("tbody tr")) {
      row.hidden = row.querySelector("a.cell:not(.dimmed)") === null;
    }
    filters.querySelector("output").textContent = `${shown} of ${pairs.length} shown`;
  };
  filters.addEventListener("input", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
  apply(); // a browser that returns to the page keeps what was entered
})();
