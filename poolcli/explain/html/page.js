"use strict";
/* Elements and windows are numbered in the order of slices, rows and columns. */
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");
const explorer = document.querySelector(".explorer");
const panel = document.querySelector(".panel");
const hint = [...panel.children];
const items = [...document.querySelectorAll(".windows > li")];
const names = items.map((item) => item.querySelector("a").textContent);
const inputs = findGrids(".input");
const outputs = findGrids(".output");
const places = new Map();  // the element or window of each cell, and of each item of the list
let kept = null;  // the place that is shown while the pointer is over no other

/* The grid of a picture shows all planes; its plane is undefined. */
function findGrids(selector) {
  return Array.from(document.querySelectorAll(selector), (grid) => ({
    cells: [...grid.querySelectorAll("tbody td")],
    plane: grid.closest(".plane").dataset.plane,
  }));
}

function windowsWith(element, elementsOfWindows) {
  return [...names.keys()].filter((number) => elementsOfWindows[number].includes(element));
}

function namesOf(numbers) {
  return numbers.map((number) => names[number]).join(", ");
}

function coordinates(number, [, rows, columns]) {
  return [
    Math.floor(number / (rows * columns)), Math.floor(number / columns) % rows, number % columns,
  ];
}

function show(place) {
  for (const cell of [...inputs, ...outputs].flatMap((grid) => grid.cells)) {
    cell.classList.remove("current", "inside", "gap", "top", "right", "bottom", "left", "picked");
    delete cell.dataset.channels;
  }
  for (const item of items) item.classList.remove("current");
  main.classList.toggle("active", place !== null);
  if (place === null) panel.replaceChildren(...hint);
  else if (place.isInput) showElement(place.number);
  else showWindow(place.number);
}

function showWindow(number) {
  const elements = new Set(data.elements[number]);
  const points = Array.from(elements, (element) => coordinates(element, data.inputShape));
  const low = [0, 1, 2].map((axis) => Math.min(...points.map((point) => point[axis])));
  const high = [0, 1, 2].map((axis) => Math.max(...points.map((point) => point[axis])));
  for (const { cells } of inputs) {
    for (const [element, cell] of cells.entries()) {
      const point = coordinates(element, data.inputShape);
      if (point.some((at, axis) => at < low[axis] || at > high[axis])) continue;
      cell.classList.add(elements.has(element) ? "inside" : "gap");
      cell.classList.toggle("top", point[1] === low[1]);
      cell.classList.toggle("bottom", point[1] === high[1]);
      cell.classList.toggle("left", point[2] === low[2]);
      cell.classList.toggle("right", point[2] === high[2]);
    }
  }
  for (const [plane, chosen] of data.chosen.entries()) {
    for (const element of chosen[number]) pick(inputs, plane, element);
  }
  for (const { cells } of outputs) cells[number].classList.add("current");
  items[number].classList.add("current");
  panel.replaceChildren(...items[number].cloneNode(true).childNodes);
}

function showElement(element) {
  const found = windowsWith(element, data.elements);
  const count = found.length === 1 ? "1 window" : `${found.length} windows`;
  const lines = [`Element ${data.positions[element]}, in ${
    found.length ? `${count}: ${namesOf(found)}` : "no window"}`];
  for (const [plane, name] of data.planes.entries()) {
    const choosing = windowsWith(element, data.chosen[plane]);
    for (const number of choosing) pick(outputs, plane, number);
    const { cells } = inputs.find((grid) => grid.plane === String(plane));
    const by = choosing.length ? ` in ${namesOf(choosing)}` : "";
    lines.push(`${name} ${cells[element].textContent}${by}`);
  }
  for (const { cells } of inputs) cells[element].classList.add("current");
  for (const { cells } of outputs) {
    for (const number of found) {
      cells[number].classList.add("inside", "top", "right", "bottom", "left");
    }
  }
  panel.replaceChildren(...lines.map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  }));
}

function pick(grids, plane, number) {
  for (const grid of grids) {
    const cell = grid.cells[number];
    if (grid.plane === String(plane)) {
      cell.classList.add("picked");
    } else if (grid.plane === undefined) {
      cell.classList.add("picked");
      cell.dataset.channels = (cell.dataset.channels || "") + data.planes[plane];
    }
  }
}

function placeAt(target) {
  return places.get(target.closest("td, .windows > li")) || null;
}

function focusable(cell) {
  return cell.querySelector("a") || cell;
}

/* One cell of each grid can be reached with Tab, the others with the arrow keys. */
function makeTabStop(number, cells) {
  for (const [other, cell] of cells.entries()) focusable(cell).tabIndex = other === number ? 0 : -1;
}

function moveFocus(event) {
  const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const place = placeAt(event.target);
  const step = steps[event.key];
  if (!place || !place.cells || !step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const shape = place.isInput ? data.inputShape : data.outputShape;
  const [slices, rows, columns] = shape;
  const [slice, row, column] = coordinates(place.number, shape);
  const across = slice * columns + column + step[0];  // slices are side by side
  const down = row + step[1];
  if (across < 0 || across >= slices * columns || down < 0 || down >= rows) return;
  const number = (Math.floor(across / columns) * rows + down) * columns + across % columns;
  focusable(place.cells[number]).focus();
}

function keep(place) {
  kept = place;
  show(place);
}

/* There is room for the longest text of the panel, so that what is below does not move. */
function reserveRoom() {
  const lengths = items.map((item) => item.textContent.length);
  explorer.style.minHeight = "";
  showWindow(lengths.indexOf(Math.max(...lengths)));
  explorer.style.minHeight = `${explorer.offsetHeight}px`;
  show(kept);
}

for (const grids of [inputs, outputs]) {
  for (const { cells } of grids) {
    for (const [number, cell] of cells.entries()) {
      places.set(cell, { isInput: grids === inputs, number, cells });
    }
    makeTabStop(0, cells);
  }
}
for (const [number, item] of items.entries()) places.set(item, { isInput: false, number });
for (const table of document.querySelectorAll("table")) table.setAttribute("role", "grid");

main.addEventListener("mouseover", (event) => show(placeAt(event.target) || kept));
main.addEventListener("mouseleave", () => show(kept));
main.addEventListener("focusin", (event) => {
  const place = placeAt(event.target);
  if (!place) return;
  if (place.cells) makeTabStop(place.number, place.cells);
  keep(place);
});
document.addEventListener("click", (event) => {
  if (panel.contains(event.target)) return;
  const place = placeAt(event.target);
  if (place && place.cells) event.preventDefault();  // the panel shows what the link leads to
  keep(place);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") keep(null);
  else moveFocus(event);
});
window.addEventListener("resize", reserveRoom);
for (const element of document.querySelectorAll("main [hidden]")) element.hidden = false;
kept = places.get(document.getElementById(location.hash.slice(1))) || null;
reserveRoom();
