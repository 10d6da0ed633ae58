"use strict";
// Without this script the page shows each corruption at its middle severity.

document.documentElement.classList.add("with-script");

const clean = document.getElementById("clean");
const cards = [...document.querySelectorAll("article")].map((article) => {
  const first = article.querySelector("img");
  const none = clean.cloneNode();
  none.removeAttribute("id");
  none.dataset.severity = "0";
  none.hidden = true;
  first.before(none);
  const pictures = [...article.querySelectorAll("img")];
  const slider = article.querySelector("input");
  const said = article.querySelector("output");
  const show = (step) => {
    slider.value = step;
    pictures.forEach((picture, place) => { picture.hidden = place !== step; });
    said.textContent = step ? `severity ${pictures[step].dataset.severity} of ${article.dataset.most}` : "clean";
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  show(Number(slider.value));
  return { article, show, levels: pictures.length - 1, text: article.dataset.text };
});

// One slider for all: from the weakest severity of each to its strongest.
const strength = document.getElementById("strength");
const steps = Number(strength.max);
const words = ["clean", "weakest", "", "middle", "", "strongest"];
const together = () => {
  const step = Number(strength.value);
  for (const card of cards) card.show(step && 1 + Math.floor(((card.levels - 1) * (step - 1)) / (steps - 1) + 0.5));
  tell(step);
};
const tell = (step) => {
  const said = words[step] || `${step} of ${steps}`;
  document.getElementById("strength-said").textContent = said;
  strength.setAttribute("aria-valuetext", said);
};
strength.addEventListener("input", together);
tell(Number(strength.value));

// Every word of the filter must be in what a card says; a heading goes with the last of its cards.
const filter = document.getElementById("filter");
const found = document.getElementById("found");
const choose = () => {
  const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const card of cards) {
    card.article.hidden = !wanted.every((word) => card.text.includes(word));
    left += card.article.hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll("section")) {
    const own = [...section.querySelectorAll("article")];
    if (own.length) section.hidden = own.every((article) => article.hidden);
  }
  found.textContent = wanted.length ? `${left} of ${cards.length}` : "";
};
filter.addEventListener("input", choose);
choose();
document.getElementById("all").addEventListener("submit", (event) => event.preventDefault());
