"use strict";
// Without this script the page reads as well: values are in its tables, and in the tips of cells and points.

document.documentElement.classList.add("with-script");

// Cells and points: one of each chart or table can be reached by Tab, the arrow keys go on from there, and what is
// chosen is told below.
for (const box of document.querySelectorAll("[data-points]")) {
  const points = [...box.querySelectorAll("[data-at]")].map((element) => {
    const [row, column] = element.dataset.at.split(",").map(Number);
    const title = element.querySelector("title");
    return { element, row, column, tip: title ? title.textContent : element.title };
  });
  if (!points.length) continue;
  const readout = box.querySelector("output");
  const rest = readout.textContent;
  const drawing = box.querySelector("svg");
  if (drawing) drawing.setAttribute("role", "group");
  let chosen = null;

  const several = new Set(points.map((point) => point.row)).size > 1;
  const series = drawing && several ? [...drawing.querySelectorAll(".line, .dot, .band")] : [];
  const tell = (point) => {
    readout.textContent = point ? point.tip : rest;
    // Of many lines only that of the chosen point stays in full colour.
    for (const one of series) one.classList.toggle("dim", Boolean(point) && !one.classList.contains(`s${point.row}`));
  };
  const choose = (point) => {
    chosen = point;
    for (const other of points) other.element.setAttribute("tabindex", other === point ? "0" : "-1");
    tell(point);
  };
  const nearest = (event) => {
    const far = (point) => {
      const place = point.element.getBoundingClientRect();
      return Math.hypot(place.x + place.width / 2 - event.clientX, place.y + place.height / 2 - event.clientY);
    };
    return points.reduce((best, point) => (far(point) < far(best) ? point : best));
  };
  // The next row or column that has a point, and in it the point that is nearest in the other direction.
  const next = (from, along, across, step) => {
    const ahead = points.filter((point) => step * (point[along] - from[along]) > 0);
    if (!ahead.length) return from;
    const line = Math.min(...ahead.map((point) => step * point[along])) * step;
    const away = (point) => Math.abs(point[across] - from[across]);
    return ahead.filter((point) => point[along] === line).reduce((a, b) => (away(b) < away(a) ? b : a));
  };
  const ends = { Home: (a, b) => a.column - b.column, End: (a, b) => b.column - a.column };
  const steps = {
    ArrowLeft: ["column", "row", -1], ArrowRight: ["column", "row", 1],
    ArrowUp: ["row", "column", -1], ArrowDown: ["row", "column", 1],
  };

  for (const point of points) {
    const { element, tip } = point;
    element.setAttribute("tabindex", point === points[0] ? "0" : "-1");
    element.setAttribute("aria-label", tip);
    if (drawing) element.setAttribute("role", "img");
    element.addEventListener("focus", () => choose(point));
    element.addEventListener("blur", () => { chosen = null; tell(null); });
    element.addEventListener("keydown", (event) => {
      let goal = null;
      if (event.key in steps) goal = next(point, ...steps[event.key]);
      if (event.key in ends) goal = points.filter((other) => other.row === point.row).sort(ends[event.key])[0];
      if (!goal) return;
      event.preventDefault();
      goal.element.focus();
    });
  }
  const target = drawing || box.querySelector("table");
  target.addEventListener("click", (event) => {
    const point = drawing ? nearest(event) : points.find((one) => one.element === event.target.closest("[data-at]"));
    if (point) point.element.focus({ preventScroll: true });
  });
  target.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const over = drawing ? nearest(event) : points.find((one) => one.element === event.target.closest("[data-at]"));
    tell(over || chosen);
  });
  target.addEventListener("pointerleave", () => tell(chosen));
}

// A link to a section that is folded opens it.
const unfold = () => {
  const section = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = section && section.querySelector(":scope > details");
  if (folded) folded.open = true;
};
addEventListener("hashchange", unfold);
unfold();

// Tables: a button in each head sorts, a field above keeps the rows that hold some letters.
const value = (row, column) => {
  const cell = row.cells[column];
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = Number.parseFloat(text.replace(/^[<★≈\s]+/, "").replace(/^−/, "-"));
  return /^[<★≈\s]*[-+−]?[\d.]/.test(text) && Number.isFinite(number) ? number : text.toLowerCase();
};
const missing = (one) => one === "-" || one === "";
const compare = (a, b) => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
};
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => ({ row, key: value(row, column) }));
      rows.sort((a, b) => {
        if (missing(a.key) || missing(b.key)) return missing(a.key) - missing(b.key);
        return down ? compare(b.key, a.key) : compare(a.key, b.key);
      });
      body.append(...rows.map(({ row }) => row));
    });
  });
  if (!table.dataset.filter || body.rows.length < 3) continue;
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("output");
  label.className = "filter";
  field.type = "search";
  label.append(`Only ${table.dataset.filter} with `, field, " ", count);
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let left = 0;
    for (const row of body.rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      left += row.hidden ? 0 : 1;
    }
    count.textContent = wanted ? `${left} of ${body.rows.length} rows` : "";
  });
  table.parentElement.before(label);
}
