"use strict";
const query = document.getElementById("query");
const status = document.getElementById("status");
const rows = Array.from(document.querySelectorAll("[data-status]"), (row) => ({
  row,
  text: Array.from(row.querySelectorAll(".searchable"), (cell) => cell.textContent)
    .join("\n").toLowerCase(),
}));
function filterRows() {
  const wanted = query.value.trim().toLowerCase();
  let shown = 0;
  for (const { row, text } of rows) {
    const matches = text.includes(wanted) && (!status.value || row.dataset.status === status.value);
    row.hidden = !matches;
    shown += matches;
  }
  for (const group of document.querySelectorAll(".failures, .results, .inputs")) {
    group.hidden = !group.querySelector("[data-status]:not([hidden])");
  }
  document.getElementById("shown").value = `${shown} of ${rows.length} shown`;
}
query.addEventListener("input", filterRows);
status.addEventListener("change", filterRows);
document.getElementById("filter").hidden = false;
filterRows();
