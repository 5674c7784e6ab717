// The keys that `?` explains. Rows are [data-row], each with a link [data-open].
const rows = () => [...document.querySelectorAll("[data-row]")];
const here = () => rows().find((row) => row.classList.contains("is-here"));
const help = document.querySelector("#key-help");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(here());
  const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  for (const row of all) row.classList.toggle("is-here", row === to);
  to.querySelector("[data-open]").focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
}

function search() {
  const box = document.querySelector("[data-search]");
  if (!box) return follow("[data-find]");
  box.focus();
  box.select();
}

function follow(selector, within = document) {
  within?.querySelector(selector)?.click();
}

const actions = {
  "/": search,
  j: () => move(1),
  k: () => move(-1),
  x: () => follow("[data-select]", here()),
  e: () => (here() ? follow("[data-open]", here()) : follow("[data-edit]")),
  b: () => document.querySelector("main:has([data-select]:checked) .bulk .button")?.focus(),
  c: () => follow("[data-new]"),
  "?": () => help?.showModal(),
};

const isTyping = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || help?.open) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
