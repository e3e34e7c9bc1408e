"use strict";
const words = document.getElementById("words");
const status = document.getElementById("status");
const rows = Array.from(document.querySelectorAll("tbody tr"), (row) => ({
  row,
  text: Array.from(row.querySelectorAll(".said"), (cell) => cell.textContent).join("\n").toLowerCase(),
}));
function sift() {
  const wanted = words.value.trim().toLowerCase();
  let shown = 0;
  for (const { row, text } of rows) {
    const fits = text.includes(wanted) && (!status.value || row.dataset.status === status.value);
    row.hidden = !fits;
    shown += fits;
  }
  for (const table of document.querySelectorAll("table")) {
    table.hidden = !table.querySelector("tbody tr:not([hidden])");
  }
  document.getElementById("shown").value = `${shown} of ${rows.length} shown`;
}
words.addEventListener("input", sift);
status.addEventListener("change", sift);
document.getElementById("filter").hidden = false;
sift();
